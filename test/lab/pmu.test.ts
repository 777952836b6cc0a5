/**
 * A host whose CPU has a PMU: its guests have one too, and are told of errors as others are. Guests are
 * started again and again, as each makes perf events on the threads of its vCPUs, which kernels were seen
 * to die of (docs/limits.md).
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evidenceOf, loseEarly, loseLate } from '../../src/scenario/demo/page-story.ts';
import { judgeEarly, judgeLate } from '../../src/scenario/judge/verdict.ts';
import { anyKernel, assertProved, isFull, rasvm, withGuest } from './support.ts';

const ALL = 3;
const GUESTS = isFull ? ALL : 1;
const PMU = '/sys/bus/event_source/devices/armv8_pmuv3_0/type';

const { stdout } = await rasvm('doctor', '--json');
const rows: { what: string; found: string }[] = JSON.parse(stdout).host;
const hasPmu = rows.find(({ what }) => what === 'KVM_CAP_ARM_PMU_V3')?.found === 'yes';
const skip = hasPmu ? false : 'the guests of this host have no PMU';

for (let i = 1; i <= GUESTS; i++) {
  test(`guest ${i} has a PMU, and is told late and early`, { timeout: 180_000, skip }, async (t) => {
    if (!isFull) t.diagnostic(`left out: ${ALL - GUESTS} guests with a PMU`);
    await withGuest({ kernel: anyKernel().path, cpus: 2 }, async (guest) => {
      assert.match((await guest.readFile(PMU)).toString(), /^\d+\n$/);
      const [late, early] = await guest.allocate('victim', 'anon', 2);
      assertProved(judgeLate(evidenceOf(await loseLate(guest, late!))));
      assertProved(judgeEarly(evidenceOf(await loseEarly(guest, early!))));
      assert.deepEqual(await guest.powerOff(), { status: 0, signal: null });
    });
  });
}
