/** `rasvm test`. */

import { availableParallelism, release } from 'node:os';
import { Command } from 'commander';
import { RasvmError } from '../errors.ts';
import { needsLab } from '../lab/decide.ts';
import type { CaseKernel } from '../scenario/case.ts';
import type { RunResult } from '../scenario/result.ts';
import { colours, type Paint, plain } from '../scenario/timeline.ts';
import { DEFAULT_GUEST_KERNEL, debianKernel } from './debian-kernel.ts';
import { endOnSignals } from './end-on-signals.ts';
import { parseLabMode } from './lab-wish.ts';
import { parseCount } from './quantity.ts';
import { labOption } from './reach.ts';
import { reportError } from './report.ts';
import { parseReport, type ReportWish, writeReports } from './test-reports.ts';
import { VERSION } from './version.ts';

export interface TestOptions {
  kernel?: string[];
  filter?: string;
  jobs?: string;
  repeat: string;
  report?: string[];
  lab: string;
  labKernel?: string;
  labCpu?: string;
}

/** Nothing could be tested: `git bisect run` passes over such a commit. */
const CANNOT_TEST = 125;

const MOST = 1000;

/** @returns exit status 0: all as expected; 1: something was not; 125: it could not be tested. */
export function testCommand(): Command {
  return new Command('test')
    .description(
      'Runs scenarios, each in a guest of its own, and tells case by case whether the guest kernel does what it must when ' +
        'memory fails. Ends with 0 if it does, 1 if not, 125 if that could not be found out, so that `git bisect run` ' +
        'works. Needs root on an arm64 KVM host; elsewhere it runs in the lab.',
    )
    .argument('[paths...]', 'scenarios, or directories of them; left out: those that rasvm ships')
    .option(
      '--kernel <KERNEL>',
      "arm64 kernel Image, the directory of a kernel's build, or debian:SERIES for Debian's; with NAME= before it that is " +
        'its name in reports; once for each kernel (default: debian:6.12)',
      (value: string, before: string[] = []) => [...before, value],
    )
    .option('--filter <GLOB>', 'only scenarios whose id is like this; several with commas between')
    .option('--jobs <N>', 'guests at once (default: one for each CPU of the host)')
    .option('--repeat <N>', 'run each case so often', '1')
    .option(
      '--report <FORMAT:FILE>',
      'writes what became of the run to a file, as junit, ktap, json or html; once for each file',
      (value: string, before: string[] = []) => [...before, value],
    )
    .addOption(labOption('lab'))
    .addOption(labOption('lab-kernel'))
    .addOption(labOption('lab-cpu'))
    .action(async (paths: string[], options: TestOptions) => {
      try {
        process.exitCode = await runTest(paths, options);
      } catch (error) {
        reportError(error);
        process.exitCode = CANNOT_TEST;
      }
    });
}

async function runTest(paths: readonly string[], options: TestOptions): Promise<number> {
  if (options.jobs !== undefined) parseCount(options.jobs, '--jobs', 1, MOST);
  parseCount(options.repeat, '--repeat', 1, MOST);
  const reports = (options.report ?? []).map(parseReport);
  if (!needsLab(parseLabMode(options.lab))) return testHere(paths, options, reports);
  const { testInLab } = await import('./test-in-lab.ts');
  return testInLab(paths, options, reports);
}

/** What `--kernel` names, once for each; what its user should know of it goes to stderr. @throws RasvmError */
export async function namedKernels(texts: readonly string[] = [DEFAULT_GUEST_KERNEL]): Promise<CaseKernel[]> {
  const [{ kernelSource }, { missingOptions, missingWords }] = await Promise.all([
    import('../scenario/kernel-source.ts'),
    import('../scenario/ras-config.ts'),
  ]);
  const kernels: CaseKernel[] = [];
  for (const text of texts) {
    const { name, image, release: version, config, notes } = await kernelSource(text, debianKernel);
    const missing = config ? missingOptions(config.options).map(missingWords) : [];
    for (const note of [...notes, ...missing]) process.stderr.write(`rasvm: ${name}: ${note}\n`);
    kernels.push({ name, image, ...(version !== undefined && { release: version }) });
  }
  return kernels;
}

async function testHere(
  paths: readonly string[],
  options: TestOptions,
  reports: readonly ReportWish[],
): Promise<number> {
  endOnSignals();
  const [
    { loadScenarios },
    { plan },
    { runCases },
    { runCase },
    { Guest },
    { surroundings },
    { eventWords },
    { liveView },
  ] = await Promise.all([
    import('../scenario/load.ts'),
    import('../scenario/plan.ts'),
    import('../scenario/schedule.ts'),
    import('../scenario/execute.ts'),
    import('../scenario/guest.ts'),
    import('../scenario/conditions.ts'),
    import('./event-text.ts'),
    import('../scenario/live.ts'),
  ]);
  const scenarios = loadScenarios(paths);
  const kernels = await namedKernels(options.kernel);
  const cases = plan({ scenarios, kernels, filter: options.filter, repeat: Number(options.repeat) });
  if (cases.length === 0)
    throw new RasvmError('USAGE', `--filter ${options.filter}: no scenario's id is like this`);
  const started = new Date();
  const began = performance.now();
  const live = liveView(cases.length, paintFor(process.stderr));
  const host = surroundings();
  const results = await runCases(cases, Number(options.jobs ?? availableParallelism()), (each) =>
    runCase(each, { start: (how) => Guest.start(how), observer: live, host, words: eventWords }),
  );
  live.end();
  const run: RunResult = {
    started,
    durationMs: performance.now() - began,
    host: { kernel: release(), rasvm: VERSION },
    cases: results,
  };
  const status = await tell(run);
  await writeReports(run, reports);
  return status;
}

/** Tells what became of it; gives the exit status. */
async function tell(run: RunResult): Promise<number> {
  const { terminalReport } = await import('../scenario/report/terminal.ts');
  process.stdout.write(`\n${terminalReport(run, { paint: paintFor(process.stdout) })}`);
  const count = (outcome: string) => run.cases.filter((each) => each.outcome === outcome).length;
  if (count('failed') > 0) return 1;
  return count('broken') > 0 || count('passed') === 0 ? CANNOT_TEST : 0;
}

function paintFor(stream: NodeJS.WriteStream): Paint {
  return stream.isTTY && !process.env.NO_COLOR ? colours : plain;
}
