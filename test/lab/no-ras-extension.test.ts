/** A host CPU without the RAS extension (Cortex-A57): the guest is told all the same. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { evidenceOf, loseEarly, loseLate } from '../../src/scenario/demo/page-story.ts';
import { judgeEarly, judgeLate } from '../../src/scenario/judge/verdict.ts';
import { anyKernel, assertProved, comparedKernels, rasvm, withGuest } from './support.ts';

/** MIDR_EL1's part number. */
const CORTEX_A57 = /^CPU part\s*: 0xd07$/m;
const isA57 = CORTEX_A57.test(readFileSync('/proc/cpuinfo', 'utf8'));

const skip = isA57 ? false : "this host's CPU is not a Cortex-A57";

for (const { series, path } of comparedKernels()) {
  test(`guest kernel ${series}: late and early`, {
    timeout: 180_000,
    skip,
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

test('doctor says that SErrors have no syndrome here, and what comes of it', { skip }, async () => {
  const { status, stdout } = await rasvm('doctor');
  assert.equal(status, 0);
  assert.match(
    stdout,
    /^KVM_CAP_ARM_INJECT_SERROR_ESR +! no +SErrors have no syndrome of rasvm's: needs a CPU with the RAS extension/m,
  );
  const auto = await rasvm('doctor', '--ras', 'auto,notify=serror');
  assert.equal(auto.status, 0, 'it is not insisted on');
  assert.match(auto.stdout, /^notify=serror +no +the host's CPU has no RAS extension/m);
});

test('who insists on them is told at the start, by doctor as by run', { skip }, async () => {
  const asked = ['--ras', 'on,notify=serror'];
  const run = await rasvm('run', '--kernel', anyKernel().path, ...asked);
  assert.equal(run.status, 14);
  assert.match(run.stderr, /^rasvm: --ras on cannot be had: .*RAS extension.*--ras auto.*\n$/);
  const doctor = await rasvm('doctor', ...asked);
  assert.deepEqual([doctor.status, doctor.stderr], [14, run.stderr]);
});

test('under auto a late error is an SError without a syndrome, and the log says so once', {
  timeout: 180_000,
  skip,
}, async () => {
  const options = { kernel: anyKernel().path, arguments: ['--ras', 'auto,notify=serror'] };
  await withGuest(options, async (guest) => {
    const [page] = await guest.allocate('victim', 'anon');
    await guest.inject({ gpa: page!.gpa, via: 'madvise', tell: 'late' });
    guest.touch(page!, 'read').catch(() => {});
    const notified = await guest.event('notified', { notification: 'SError' });
    assert.equal(notified.esr, undefined);
    assert.deepEqual(await guest.exit(), { status: 3, signal: null });
    assert.equal(guest.log.filter(({ text }) => /no RAS extension/.test(text)).length, 1);
  });
});
