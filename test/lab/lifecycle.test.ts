/** How a guest is ended from outside, and what rasvm's exit status says of it; src/scenario/suite has ends from inside. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyKernel, withGuest } from './support.ts';

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
