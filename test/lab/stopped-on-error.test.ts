/** A guest that stands still at a lost page (--no-acpi-policy stop): what can be asked of it, and how it ends. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RasvmGuest } from '../../src/scenario/vmm/rasvm-guest.ts';
import { anyKernel, withGuest } from './support.ts';

const kernel = anyKernel().path;
const STOPS = ['--acpi', 'off', '--no-acpi-policy', 'stop'];

/** The victim of a page runs into its loss. */
async function standStill(guest: RasvmGuest): Promise<void> {
  const [page] = await guest.allocate('victim', 'anon');
  await guest.inject({ gpa: page!.gpa, via: 'madvise', tell: 'late' });
  guest.touch(page!, 'read').catch(() => {});
  await guest.event('machine.halted', { gpa: page!.gpa });
}

/** Without the guest's clock, which goes on, and what says that its time has come. */
function stands(vcpus: Awaited<ReturnType<RasvmGuest['registers']>>) {
  return vcpus.map(
    ({ registers: { CNTVCT_EL0: _time, CNTV_CTL_EL0: _due, ...registers }, vcpu, mpState }) => ({
      ...{ vcpu, mpState, registers },
    }),
  );
}

test('its vCPUs are read where they stand, again and again; nothing else is done to it; stop ends it', {
  timeout: 180_000,
}, async () => {
  await withGuest({ kernel, cpus: 4, arguments: STOPS }, async (guest) => {
    await standStill(guest);
    assert.equal((await guest.status()).state, 'stopped-on-error');
    const first = await guest.registers();
    assert.deepEqual(
      first.map(({ held }) => held),
      [true, true, true, true],
    );
    // The one that touched stands on a load of a process.
    assert.ok(first.some(({ registers }) => (registers.pstate! & 0xfn) === 0n));
    assert.deepEqual(stands(await guest.registers()), stands(first), 'nothing has run meanwhile');
    await assert.rejects(guest.sysrq('l'), { code: 'CONTROL', message: /stands still.*rasvm stop/ });
    await assert.rejects(guest.inject({ gpa: 0x4800_0000, via: 'uffd', tell: 'late' }), { code: 'CONTROL' });
    await guest.stop();
    assert.deepEqual(await guest.exit(), { status: 6, signal: null });
  });
});

test('SIGTERM ends it too, without waiting for the guest', { timeout: 180_000 }, async () => {
  await withGuest({ kernel, cpus: 2, arguments: STOPS }, async (guest) => {
    await standStill(guest);
    guest.signal('SIGTERM');
    assert.deepEqual(await guest.exit(), { status: 6, signal: null });
  });
});
