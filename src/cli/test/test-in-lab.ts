/**
 * `rasvm test` on a machine that is no arm64 KVM host: the whole of it runs in the lab. When the lab's host
 * dies, another one goes on with what was not done; the journal of the run comes out of the lab as it is
 * written.
 */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CANNOT_TEST, RasvmError } from '../../core/errors.ts';
import type { LabOptions } from '../../lab/options.ts';
import { type LoadedScenario, loadScenarios } from '../../scenario/language/load.ts';
import { deathLine, History } from '../../scenario/run/journal.ts';
import type { Planned } from '../../scenario/run/plan.ts';
import { commandInLab } from '../lab/in-lab.ts';
import type { LabFiles } from '../lab/lab-files.ts';
import { flags } from '../shared/option-words.ts';
import { reportError } from '../shared/report.ts';
import { VERSION } from '../shared/version.ts';
import { conclude } from './test-conclusion.ts';
import { sayKept } from './test-keep.ts';
import { handOver, plannedCases, type TestPlan, testPlan } from './test-plan.ts';
import { testStatus } from './test-reports.ts';
import type { TestRequest } from './test-request.ts';

/** A lab's host that dies so often is no host for these guests. */
const MOST_DEATHS = 5;

/** @returns the exit status. @throws RasvmError */
export async function testInLab(paths: readonly string[], request: TestRequest): Promise<number> {
  // What is wrong is told before a lab is started.
  const scenarios = loadScenarios(paths);
  const plan = await testPlan(request);
  const planned = plannedCases(scenarios, plan, request);
  // The shipped ones are in the lab already.
  const given = paths.length > 0 ? scenarios : [];
  const status = await throughDeaths(
    (journal) => runOnce(request, plan, given, journal),
    (history, why) => giveUp(planned, history, why, request),
  );
  if (request.keep !== undefined) sayKept(request.keep);
  if (OWN_STATUSES.includes(status)) return status;
  throw new RasvmError('LAB', `rasvm test in the lab ended with status ${status}, before it was done`);
}

/** A run's journal outside of the lab; the lab that it was last in. */
interface Progress {
  text: string;
  lab?: LabOptions;
}

/**
 * Runs until one run comes to its end, in a new lab each time that the lab's host dies.
 * @param run writes on the journal, and throws LAB_DIED when the host dies
 * @param giveUp what becomes of it when it is of no use to try again
 */
export async function throughDeaths(
  run: (journal: Progress) => Promise<number>,
  giveUp: (history: History, why: string) => Promise<number>,
): Promise<number> {
  const journal: Progress = { text: '' };
  for (;;) {
    let error: RasvmError;
    try {
      return await run(journal);
    } catch (thrown) {
      if (!(thrown instanceof RasvmError)) throw thrown;
      error = thrown;
    }
    if (error.code !== 'LAB_DIED') {
      const { deaths } = new History(journal.text);
      if (deaths === 0) throw error;
      return giveUp(new History(journal.text), `the lab could not be had again: ${error.message}`);
    }
    journal.text += deathLine({ message: error.message, words: error.more });
    const history = new History(journal.text);
    reportError(error);
    if (history.deaths === MOST_DEATHS)
      return giveUp(history, `not run: the lab's host has died ${MOST_DEATHS} times`);
    process.stderr.write('rasvm: goes on in a new lab, with what was not done\n');
  }
}

/** @param given scenarios that the lab has not */
async function runOnce(
  request: TestRequest,
  plan: TestPlan,
  given: readonly LoadedScenario[],
  journal: Progress,
): Promise<number> {
  const { vmms, lab: asked } = request;
  const { lab } = journal;
  const withQemu = vmms?.includes('qemu') ? { extras: ['peers'] as const } : {};
  const again = lab && { kernel: lab.kernel, cpu: lab.cpu, pmu: lab.pmu, extras: lab.extras };
  return commandInLab({ ...asked, ...withQemu, ...again }, async (files, options) => {
    journal.lab = options;
    const before = await files.content('journal', journal.text);
    const more = await files.pipe('journal', (text) => {
      journal.text += text;
    });
    return commandLine(request, plan, given, { journal: before, 'journal-to': more }, files);
  });
}

async function commandLine(
  { vmms, reports, keep, filter, jobs, fresh, allKernels, repeat }: TestRequest,
  plan: TestPlan,
  given: readonly LoadedScenario[],
  journal: Readonly<Record<string, string>>,
  lab: LabFiles,
): Promise<string[]> {
  const images: string[] = [];
  for (const { image } of plan.kernels) images.push(await lab.input(image));
  const scenarios: string[] = [];
  for (const each of given) scenarios.push(await lab.input(each.path, filesBeside(each)));
  const inside: string[] = [];
  for (const { format, path } of reports) inside.push(`${format}:${await lab.result('--report', path)}`);
  const options = {
    plan: await lab.content('plan.json', handOver(plan, images)),
    ...journal,
    vmm: vmms,
    filter,
    jobs,
    fresh,
    'all-kernels': allKernels,
    repeat,
    report: inside,
    'keep-in': keep && (await lab.result('--keep-in', keep)),
  };
  return ['test', ...flags(options), '--', ...scenarios];
}

/** What was found out is told, and of all else why it was not. */
async function giveUp(
  { cases, notAsked }: Planned,
  history: History,
  why: string,
  { reports }: TestRequest,
): Promise<number> {
  const { started, host } = history.run ?? {
    started: new Date(),
    host: { kernel: 'unknown', rasvm: VERSION },
  };
  const run = {
    started,
    durationMs: Date.now() - started.getTime(),
    host,
    cases: cases.map((each) => history.givenUp(each, why)),
    notAsked,
  };
  await conclude(run, reports);
  return testStatus(run);
}

/** Those that its steps name and that are there: of others the case tells. */
function filesBeside({ path, steps }: LoadedScenario): string[] {
  const named = steps.flatMap(({ inject }) => inject?.file ?? []);
  return named.filter((file) => existsSync(join(dirname(path), file)));
}

/** What the command there ends with by itself, or as its user wished (SIGINT, SIGTERM, SIGHUP). */
const OWN_STATUSES = [0, 1, CANNOT_TEST, 130, 143, 129];
