/** `rasvm test`. */

import { availableParallelism, release } from 'node:os';
import { Command } from 'commander';
import { needsLab } from '../lab/decide.ts';
import type { CaseKernel, Observer } from '../scenario/case.ts';
import type { CaseResult, RunResult } from '../scenario/result.ts';
import { DEFAULT_GUEST_KERNEL, debianKernel } from './debian-kernel.ts';
import { endOnSignals } from './end-on-signals.ts';
import { checkInput } from './input-file.ts';
import { parseLabMode } from './lab-wish.ts';
import { parseCount } from './quantity.ts';
import { labOption } from './reach.ts';
import { reportError } from './report.ts';
import { VERSION } from './version.ts';

export interface TestOptions {
  kernel?: string[];
  filter?: string;
  jobs?: string;
  repeat: string;
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
      "arm64 kernel Image, NAME=IMAGE, or debian:SERIES for Debian's; once for each kernel (default: debian:6.12)",
      (value: string, before: string[] = []) => [...before, value],
    )
    .option('--filter <GLOB>', 'only scenarios whose id is like this; several with commas between')
    .option('--jobs <N>', 'guests at once (default: one for each CPU of the host)')
    .option('--repeat <N>', 'run each case so often', '1')
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
  if (!needsLab(parseLabMode(options.lab))) return testHere(paths, options);
  const { testInLab } = await import('./test-in-lab.ts');
  return testInLab(paths, options);
}

/** What `--kernel` names. @throws RasvmError */
export async function namedKernel(text: string): Promise<CaseKernel> {
  const [, name = text, path = text] = /^([^/=]+)=(.+)$/s.exec(text) ?? [];
  const image = await debianKernel(path);
  checkInput('--kernel', image);
  return { name, image };
}

async function testHere(paths: readonly string[], options: TestOptions): Promise<number> {
  endOnSignals();
  const [
    { loadScenarios },
    { plan, releaseOf },
    { runCases },
    { runCase },
    { Guest },
    { surroundings },
    { eventWords },
  ] = await Promise.all([
    import('../scenario/load.ts'),
    import('../scenario/plan.ts'),
    import('../scenario/schedule.ts'),
    import('../scenario/execute.ts'),
    import('../scenario/guest.ts'),
    import('../scenario/conditions.ts'),
    import('./event-text.ts'),
  ]);
  const scenarios = loadScenarios(paths);
  const kernels: CaseKernel[] = [];
  for (const text of options.kernel ?? [DEFAULT_GUEST_KERNEL]) {
    const kernel = await namedKernel(text);
    const found = releaseOf(kernel.image);
    kernels.push({ ...kernel, ...(found !== undefined && { release: found }) });
  }
  const cases = plan({ scenarios, kernels, filter: options.filter, repeat: Number(options.repeat) });
  const started = new Date();
  const began = performance.now();
  const observer = plainLines(cases.length);
  const host = surroundings();
  const results = await runCases(cases, Number(options.jobs ?? availableParallelism()), (each) =>
    runCase(each, { start: (how) => Guest.start(how), observer, host, words: eventWords }),
  );
  return tell({
    started,
    durationMs: performance.now() - began,
    host: { kernel: release(), rasvm: VERSION },
    cases: results,
  });
}

function plainLines(count: number): Observer {
  let ended = 0;
  return {
    caseStarted() {},
    step() {},
    caseEnded({ id, outcome, reason, durationMs }: CaseResult) {
      const number = `${++ended}/${count}`;
      console.log(`${number.padStart(7)}  ${outcome.padEnd(7)}  ${id}  ${(durationMs / 1000).toFixed(1)} s`);
      if (reason !== undefined) console.log(`           ${reason}`);
    },
  };
}

/** The report, and the exit status. */
async function tell(run: RunResult): Promise<number> {
  const [{ terminalReport }, { colours, plain }] = await Promise.all([
    import('../scenario/report/terminal.ts'),
    import('../scenario/timeline.ts'),
  ]);
  const paint = process.stdout.isTTY && !process.env.NO_COLOR ? colours : plain;
  process.stdout.write(`\n${terminalReport(run, { paint })}`);
  const count = (outcome: string) => run.cases.filter((each) => each.outcome === outcome).length;
  if (count('failed') > 0) return 1;
  return count('broken') > 0 || count('passed') === 0 ? CANNOT_TEST : 0;
}
