/** How a guest's life ends or begins anew, and what rasvm's exit status says of it. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { evidenceOf, loseEarly, loseLate } from '../../src/scenario/loss.ts';
import { judgeEarly, judgeLate } from '../../src/scenario/verdict.ts';
import { anyKernel, assertProved, guestKernels, withGuest } from './support.ts';

for (const { series, path } of guestKernels()) {
  describe(`guest kernel ${series}`, () => {
    test('a reboot gives lost pages back; a panic ends with status 3', { timeout: 240_000 }, async (t) => {
      await withGuest(
        { kernel: path, cpus: 4, memory: '256M' },
        async (guest, step) => {
          // Pages that the kernel needs at boot are the same at each: the victim's are to be beyond them.
          for (const filler of ['a', 'b', 'c']) await guest.command(`alloc ${filler} anon 4096`);
          const [late, early] = await guest.allocate('victim', 'anon', 2);
          await step('4 vCPUs run', async () => {
            assert.equal((await guest.command('cpus')).number('online'), 4);
          });
          await step('both ways of losing a page', async () => {
            assertProved(judgeLate(evidenceOf(await loseLate(guest, late!))));
            assertProved(judgeEarly(evidenceOf(await loseEarly(guest, early!))));
            assert.equal(await guest.hardwareCorrupted(), 2 * 4096);
          });
          await step('after a reboot they are whole', async () => {
            const mark = guest.console.mark;
            guest.send('reboot');
            await guest.readyAgain(mark);
            await guest.event('machine.reset');
            for (const { gpa } of [late!, early!]) await guest.event('renewed', { gpa });
            assert.equal(await guest.hardwareCorrupted(), 0);
            const events = guest.events.mark;
            let claimed = 0;
            for (const { gpa } of [late!, early!]) {
              const flags = await guest.command(`pageflags 0x${gpa.toString(16)}`);
              assert.equal(flags.number('hwpoison'), 0);
              // The kernel itself may have taken one for its own.
              claimed += (await guest.command(`claim 0x${gpa.toString(16)}`)).number('found');
            }
            assert.ok(claimed > 0, 'neither page could be allocated, written and read back');
            const later = guest.events.items.slice(events).map(({ event }) => event.kind);
            assert.ok(!later.includes('signal'), 'the host still has poison there');
          });
          await step('errors are told after a reboot as before', async () => {
            const [page] = await guest.allocate('victim', 'anon');
            assertProved(judgeLate(evidenceOf(await loseLate(guest, page!))));
          });
          await step('a panic of the guest', async () => {
            guest.send('crash');
            assert.deepEqual(await guest.exit(), { status: 3, signal: null });
            const panic = guest.events.items.find(({ event }) => event.kind === 'machine.panicked');
            assert.match(String(panic?.event.reason), /sysrq/i);
          });
        },
        t,
      );
    });
  });
}

test('SIGTERM presses the power button; a guest that listens powers off, status 0', {
  timeout: 180_000,
}, async () => {
  await withGuest({ kernel: anyKernel().path, cpus: 1 }, async (guest) => {
    assert.equal((await guest.command('cpus')).number('online'), 1);
    guest.signal('SIGTERM');
    assert.deepEqual(await guest.exit(), { status: 0, signal: null });
    assert.ok(guest.console.items.some(({ text }) => text.includes('rasvm-guest: event power-button')));
  });
});

test('a second SIGTERM ends a guest that does not listen, status 5', { timeout: 180_000 }, async () => {
  // By device tree the button is a GPIO key, for which the guest's kernel has a driver as a module only.
  await withGuest({ kernel: anyKernel().path, arguments: ['--acpi', 'off'] }, async (guest) => {
    guest.signal('SIGTERM');
    await guest.event('machine.powerdown');
    guest.signal('SIGTERM');
    assert.deepEqual(await guest.exit(), { status: 5, signal: null });
  });
});
