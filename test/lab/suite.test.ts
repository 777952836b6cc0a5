/** The scenarios that rasvm ships, as `rasvm test` runs them: most on one guest kernel, and on the others their core. */

import assert from 'node:assert/strict';
import { release } from 'node:os';
import { describe, type TestContext, test } from 'node:test';
import { VERSION } from '../../src/cli/shared/version.ts';
import { eventWords } from '../../src/observe/event-text.ts';
import { loadScenarios } from '../../src/scenario/language/load.ts';
import { evidenceLines } from '../../src/scenario/report/evidence.ts';
import { liveView } from '../../src/scenario/report/live.ts';
import { JUDGES_VMM, notAskedWords } from '../../src/scenario/report/summary.ts';
import { plain } from '../../src/scenario/report/timeline.ts';
import { observers } from '../../src/scenario/run/case.ts';
import { surroundings } from '../../src/scenario/run/conditions.ts';
import { runCase } from '../../src/scenario/run/execute.ts';
import { GuestPool } from '../../src/scenario/run/guest-pool.ts';
import { History, Journal } from '../../src/scenario/run/journal.ts';
import { plan } from '../../src/scenario/run/plan.ts';
import { guestGroups, runCases } from '../../src/scenario/run/schedule.ts';
import { startGuest } from '../../src/scenario/vmm/start.ts';
import type { GuestRequest } from '../../src/scenario/vmm/vmm.ts';
import { CORE, IN_FULL, LONGEST } from './core.ts';
import { anyKernel, guestKernels, isFirstPart, isFull, jobs, ofThisPart } from './support.ts';

// What judges rasvm runs on the first, and so does what is not of the core.
const kernels = [
  ...new Map([anyKernel(), ...guestKernels()].map((each) => [each.series, each])).values(),
].map(({ series, path }) => ({ name: series, image: path }));
const filter = process.env.RASVM_TEST_SCENARIOS;
const { cases: wanted, notAsked } = plan({
  scenarios: loadScenarios([]),
  kernels,
  filter,
  allKernels: process.env.RASVM_TEST_ALL_KERNELS !== undefined,
});
/** Whoever names scenarios wants them on each kernel. */
const isWhole = isFull || filter !== undefined;
const isLongest = ({ scenario }: (typeof wanted)[number]) => Number(scenario.id === LONGEST);
const chosen = wanted
  .filter(({ scenario: { id }, kernel }) => {
    if (isWhole || CORE.includes(id)) return true;
    return kernel.name === kernels[0]!.name && !IN_FULL.includes(id);
  })
  .sort((a, b) => isLongest(b) - isLongest(a));
// A guest's boot takes as long as some five cases.
const ours = new Set(ofThisPart(guestGroups(chosen), ({ length }) => 5 + length).flat());
const cases = chosen.filter((each) => ours.has(each));
const host = surroundings();
const pool = new GuestPool(startGuest, jobs);
// By it the suite goes on when the host dies.
const journalFile = process.env.RASVM_TEST_JOURNAL;
const journal = journalFile ? new Journal(journalFile, { kernel: release(), rasvm: VERSION }) : undefined;
const history = journal?.history ?? new History();
const left = cases.filter((each) => history.settled(each) === undefined);
const live = liveView(left.length, plain);
const observer = observers([...(journal ? [journal] : []), live]);
const share = (request: GuestRequest) => pool.take(request);
const began = performance.now();
const results = await runCases(
  cases,
  jobs,
  (each) => runCase(each, { start: startGuest, share, observer, host, words: eventWords }),
  history,
);
await pool.close();
live.end();
const minutes = ((performance.now() - began) / 60_000).toFixed(1);

test('all cases have ended', (t) => {
  t.diagnostic(`${results.length} cases in ${minutes} min, ${jobs} guests at a time`);
  if (isFirstPart) sayWhatIsLeftOut(t);
  assert.equal(results.length, cases.length);
});

function sayWhatIsLeftOut(t: TestContext): void {
  for (const { name } of kernels) {
    const without = wanted.filter((each) => each.kernel.name === name && !chosen.includes(each)).length;
    if (without > 0) t.diagnostic(`left out: ${without} scenarios of the suite on guest kernel ${name}`);
  }
  for (const line of notAskedWords(notAsked)) t.diagnostic(`${JUDGES_VMM}: ${line}`);
}

for (const { name } of kernels) {
  describe(`the suite on guest kernel ${name}`, () => {
    for (const result of results.filter(({ kernel }) => kernel.name === name)) {
      const { scenario, outcome, reason, before } = result;
      test(scenario, { skip: outcome === 'skipped' && reason }, (t) => {
        if (before)
          t.diagnostic(`passed in a guest of its own; after ${before.served} others: ${before.reason}`);
        assert.equal(outcome, 'passed', [reason, ...evidenceLines(result)].join('\n'));
      });
    }
  });
}
