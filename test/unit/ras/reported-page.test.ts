/** Which page a record names, and with what mask. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskOf, spanOf } from '../../../src/ras/records/record.ts';
import { FakeGuest, PAGE, RAM } from './fake-guest.ts';
import { fakeService, RAM_BASE } from './fake-service.ts';
import { SOURCE } from './sources.ts';

const FIRST = RAM + 0x1000_0000;
const HUGE = 0x20_0000;

/** Stage 1 is on, and its tables lead nowhere any more: another CPU has changed them. */
const UNMAPPED = {
  SCTLR_EL1: 1n,
  TCR_EL1: 16n,
  TTBR0_EL1: BigInt(RAM + 0x80_0000),
  PC: 0x40_0000n,
  PSTATE: 0n,
};

for (const kvmInjects of [true, false]) {
  const who = kvmInjects ? 'KVM' : 'rasvm';
  test(`the page that was accessed is reported where the guest’s tables give none (entered by ${who})`, (t) => {
    const guest = new FakeGuest(t, { hostPageSize: HUGE, registers: UNMAPPED, kvmInjects });
    const accessed = FIRST + 5 * PAGE;
    guest.late(0, accessed, 21);
    guest.run(10);
    assert.deepEqual([guest.told[0]!.gpa, guest.told[0]!.source], [accessed, SOURCE.SEA]);
  });
}

test('an access to a huge page is reported as the page that it was, and the mask says how much is gone', (t) => {
  const guest = new FakeGuest(t, { hostPageSize: HUGE });
  guest.late(0, FIRST + 5 * PAGE, 21);
  guest.run(10);
  assert.deepEqual([guest.told[0]!.gpa, guest.told[0]!.mask], [FIRST + 5 * PAGE, 0xffff_ffff_ffe0_0000n]);
});

test('an access to a range of three pages is reported as the one page that it was', () => {
  const guest = fakeService();
  const gpa = RAM_BASE + 0x10_0000;
  guest.ras.expectLoss(gpa, 3 * PAGE, 'late');
  guest.touch(gpa + PAGE);
  const recorded = guest.events.since(0).find(({ kind }) => kind === 'recorded');
  assert.ok(recorded?.kind === 'recorded');
  assert.deepEqual(
    [recorded.physicalAddress, recorded.physicalAddressMask],
    [gpa + PAGE, 0xffff_ffff_ffff_f000n],
  );
  guest.ras.close();
});

test('an error of any size has the mask of the smallest aligned power of two that holds it', () => {
  const guest = fakeService();
  for (const [gpa, size, mask] of [
    [RAM_BASE, 5000, 0xffff_ffff_ffff_e000n],
    [RAM_BASE + PAGE, 2 * PAGE, 0xffff_ffff_ffff_c000n],
    [RAM_BASE + 1, 1, 0xffff_ffff_ffff_ffffn],
  ] as const) {
    guest.ras.record(1, gpa, size, 'corrected');
    const recorded = guest.events.since(0).at(-2);
    assert.ok(recorded?.kind === 'recorded');
    assert.deepEqual([recorded.physicalAddress, recorded.physicalAddressMask], [gpa, mask]);
    guest.acknowledge(SOURCE.GED);
  }
  guest.ras.close();
});

test('what is no power of two has no mask', () => {
  assert.throws(() => maskOf(3 * PAGE), RangeError);
  assert.equal(spanOf(0x4000_0000, PAGE), PAGE);
  assert.equal(spanOf(0x4000_0000, 0), 1);
});
