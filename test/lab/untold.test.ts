/** Guests that get no records: a lost page is a plain SEA, which kills the process that touches it, not the machine. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Guest } from '../../src/scenario/guest.ts';
import { kernelReports } from '../../src/scenario/kernel-report.ts';
import { assertSigbus, guestKernels, withGuest } from './support.ts';

const BUS_OBJERR = 3;

for (const { series, path } of guestKernels()) {
  describe(`guest kernel ${series}`, () => {
    test('--ras off: the touch is a plain SEA', { timeout: 180_000 }, async () => {
      await withGuest({ kernel: path, arguments: ['--ras', 'off'] }, async (guest) => {
        await isPlainSea(guest);
        const { ras, errors } = await guest.status();
        assert.equal(ras.resolved, 'off');
        assert.equal(ras.early, false);
        assert.equal(errors.untold, errors.total);
        assert.deepEqual(await guest.powerOff(), { status: 0, signal: null });
      });
    });

    test('--acpi off: the touch is a plain SEA', { timeout: 180_000 }, async () => {
      await withGuest({ kernel: path, cpus: 2, arguments: ['--acpi', 'off'] }, async (guest) => {
        await isPlainSea(guest);
        assert.equal((await guest.status()).acpi, false);
        assert.deepEqual(await guest.powerOff(), { status: 0, signal: null });
      });
    });
  });
}

async function isPlainSea(guest: Guest): Promise<void> {
  const [page, spare] = await guest.allocate('victim', 'anon', 2);
  await guest.inject({ gpa: page!.gpa, via: 'madvise', tell: 'late' });

  const touch = await guest.touch(page!);
  await guest.event('notified', { notification: 'SEA' });
  const again = await guest.touch(page!, 'write');

  assertSigbus(touch, page!, BUS_OBJERR);
  assertSigbus(again, page!, BUS_OBJERR);
  assert.equal((await guest.touch(spare!)).outcome, 'value');
  const events = guest.events.items.map(({ event }) => event);
  assert.ok(events.some(({ kind, code }) => kind === 'signal' && code === 'BUS_MCEERR_AR'));
  assert.ok(events.some(({ kind, gpa }) => kind === 'attributed' && gpa === page!.gpa));
  assert.ok(events.some(({ kind }) => kind === 'unrecorded'));
  assert.ok(!events.some(({ kind }) => kind === 'recorded'));
  assert.deepEqual(kernelReports(guest.console.items.map(({ text }) => text)), []);
  assert.equal(await guest.hardwareCorrupted(), 0);
}
