/** What cannot be had ends with one line on stderr and an exit status of its own; nothing is left behind. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RasvmGuest } from '../../src/scenario/vmm/rasvm-guest.ts';
import { anyKernel, rasvm, withFile } from './support.ts';

const kernel = anyKernel().path;

async function refuses(args: string[], status: number, words: RegExp): Promise<void> {
  const ended = await rasvm('run', ...args);
  assert.equal(ended.status, status, ended.stderr);
  assert.match(ended.stderr, words);
  assert.match(ended.stderr, /^rasvm: .+\n$/, 'one line');
}

test('a kernel that is not there', () => refuses(['--kernel', '/nowhere/Image'], 10, /\/nowhere\/Image/));

test('an initial RAM disk that is not there', () =>
  refuses(['--kernel', kernel, '--initrd', '/nowhere/initrd'], 10, /\/nowhere\/initrd/));

test('a kernel that is not an arm64 Image', () =>
  withFile(new Uint8Array(4096).fill(0x5a), (path) => refuses(['--kernel', path], 11, /Image/)));

test('an empty kernel file', () =>
  withFile(new Uint8Array(0), (path) => refuses(['--kernel', path], 10, /empty/)));

test('too little memory for the kernel', () =>
  refuses(['--kernel', kernel, '--memory', '16M'], 15, /memory/i));

test('more memory than the host can give', () =>
  refuses(['--kernel', kernel, '--memory', '16T', '--hugepages', '2M'], 15, /memory|huge/i));

test('--ras on without ACPI', () => refuses(['--kernel', kernel, '--acpi', 'off', '--ras', 'on'], 2, /ACPI/));

test('no vCPU, and more than 64', async () => {
  await refuses(['--kernel', kernel, '--cpus', '0'], 2, /--cpus/);
  await refuses(['--kernel', kernel, '--cpus', '65'], 2, /--cpus/);
});

test('a name that a running machine has', { timeout: 120_000 }, async () => {
  const guest = await RasvmGuest.start({ kernel, name: 'taken' });
  try {
    // The name is taken before the guest runs; user space says that it does.
    await guest.ready();
    await refuses(['--kernel', kernel, '--name', 'taken'], 16, /taken/);
    assert.equal((await guest.status()).state, 'running');
  } finally {
    await guest.kill();
  }
});
