/** A host CPU without the RAS extension (Cortex-A57): the guest is told all the same. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { evidenceOf, loseEarly, loseLate } from '../../src/scenario/loss.ts';
import { judgeEarly, judgeLate } from '../../src/scenario/verdict.ts';
import { assertProved, guestKernels, withGuest } from './support.ts';

/** MIDR_EL1's part number. */
const CORTEX_A57 = /^CPU part\s*: 0xd07$/m;
const isA57 = CORTEX_A57.test(readFileSync('/proc/cpuinfo', 'utf8'));

for (const { series, path } of guestKernels()) {
  test(`guest kernel ${series}: late and early`, {
    timeout: 180_000,
    skip: isA57 ? false : "this host's CPU is not a Cortex-A57",
  }, async () => {
    await withGuest({ kernel: path, cpus: 2 }, async (guest) => {
      const [late, early] = await guest.allocate('victim', 'anon', 2);
      const [code] = await guest.allocate('victim', 'code');
      assertProved(judgeLate(evidenceOf(await loseLate(guest, late!))));
      assertProved(judgeEarly(evidenceOf(await loseEarly(guest, early!))));
      const fetch = evidenceOf(await loseLate(guest, code!, { how: 'exec' }));
      const unproved = judgeLate(fetch).filter(({ proved }) => !proved);
      // Three reports in a few seconds: the last one may be missing in the guest's log, all else may not.
      assert.deepEqual(
        unproved.filter(({ claim }) => claim !== 'the guest kernel printed the record'),
        [],
      );
      assert.deepEqual(await guest.powerOff(), { status: 0, signal: null });
    });
  });
}
