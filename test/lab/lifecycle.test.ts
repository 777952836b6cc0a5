/** How a guest is ended from outside, and what rasvm's exit status says of it; src/scenario/suite has ends from inside. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { guestInitramfs } from '../../src/scenario/guest/initramfs.ts';
import { rasvmEntry } from '../../src/scenario/installation.ts';
import { anyKernel, rasvm, withGuest } from './support.ts';

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

test('a machine ends with the process that started it, however that ends', {
  timeout: 180_000,
}, async (t) => {
  const name = `with-parent-${process.pid}`;
  const files = ['--kernel', anyKernel().path, '--initrd', await guestInitramfs()];
  const run = [...rasvmEntry(), 'run', ...files, '--name', name, '--exit-with-parent'];
  const starts = `
    const [program, ...words] = ${JSON.stringify(run)};
    const options = { stdio: ['ignore', 'ignore', 'inherit'] };
    console.log(require('node:child_process').spawn(program, [...words, String(process.pid)], options).pid);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['-e', starts], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => parent.kill('SIGKILL'));
  const [pid] = await once(createInterface({ input: parent.stdout }), 'line');
  const goes = () => existsSync(`/proc/${pid}`);
  while ((await rasvm('status', name)).status !== 0) {
    assert.ok(goes(), 'it has ended by itself');
    await sleep(200);
  }
  parent.kill('SIGKILL');
  for (let i = 0; i < 50 && goes(); i++) await sleep(100);
  assert.ok(!goes());
  assert.notEqual((await rasvm('status', name)).status, 0);
});
