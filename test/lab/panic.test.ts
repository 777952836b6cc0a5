/** What ends a machine for a panic: the guest's word by its pvpanic, not what anybody prints on its console. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { virtBoard } from '../../src/platform/virt.ts';
import { anyKernel, withGuest } from './support.ts';

const kernel = anyKernel().path;
const BY_DEVICE = ['--panic-from', 'device'];

/** Debian's kernels have no driver for pvpanic. What the driver does is done by a program in its place. */
const BUSYBOX = '/usr/bin/busybox';
const PVPANIC = virtBoard({ acpi: true, serial: true, sources: 2 }).find(({ slot }) => slot.id === 'pvpanic')!
  .slot.base;

/** As root can print it: on the console it looks like the kernel's own. */
const FORGED = ['Kernel panic - not syncing: forged', '---[ end Kernel panic - not syncing: forged ]---'];

/** ms. What is not to come would have come by then. */
const WHILE = 2000;

test('a panic that is printed by whoever can is none', { timeout: 180_000 }, async () => {
  await withGuest({ kernel, arguments: BY_DEVICE }, async (guest) => {
    for (const line of FORGED) await guest.writeFile('/dev/kmsg', `<0>${line}\n`);
    await guest.kernelLine(/^---\[ end Kernel panic - not syncing: forged/);
    await sleep(WHILE);
    assert.equal((await guest.status()).state, 'running');
    assert.deepEqual(
      guest.events.items.filter(({ event }) => event.kind === 'machine.panicked'),
      [],
    );
    await guest.command('cpus');
  });
});

test('without a driver for pvpanic a panic is not known, and the guest hangs', {
  timeout: 180_000,
}, async () => {
  await withGuest({ kernel, arguments: BY_DEVICE }, async (guest) => {
    guest.send('crash');
    await guest.kernelLine(/^---\[ end Kernel panic/);
    await sleep(WHILE);
    assert.equal((await guest.status()).state, 'running');
    await guest.stop('kill');
    assert.deepEqual(await guest.exit(), { status: 5, signal: null });
  });
});

test('what a guest prints behind its word is not lost, and the machine ends with status 3', {
  timeout: 180_000,
  skip: existsSync(BUSYBOX) ? false : `no ${BUSYBOX}`,
}, async () => {
  const files = { busybox: readFileSync(BUSYBOX) };
  await withGuest({ kernel, arguments: BY_DEVICE, memory: '512M', files }, async (guest) => {
    const read = await guest.run('/busybox', 'devmem', `0x${PVPANIC.toString(16)}`, '8');
    assert.equal(read.output.trim(), '0x03');
    const says = `/busybox devmem 0x${PVPANIC.toString(16)} 8 1; echo c > /proc/sysrq-trigger`;
    guest.run('/busybox', 'sh', '-c', says).catch(() => {});
    await guest.event('machine.panicked', { by: 'device' });
    assert.deepEqual(await guest.exit(), { status: 3, signal: null });
    assert.ok(guest.console.items.some(({ text }) => / end Kernel panic/.test(text)));
  });
});
