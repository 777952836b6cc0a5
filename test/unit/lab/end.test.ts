/**
 * How a lab's end is told: its host's last words where that died, and that nobody mistakes a power-off for
 * it.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeEnd, encodeEnd, endError, type LabEnd } from '../../../src/lab/end.ts';

const end = (what: Partial<LabEnd>) =>
  endError({ status: 0, signal: null, console: '', complaints: '', ...what });

const OOPS = [
  '[    3.1] ------------[ cut here ]------------',
  '[    3.1] WARNING: CPU: 0 PID: 1 at some/driver.c:1 probe+0x1/0x2',
  ...Array.from({ length: 200 }, (_, i) => `[   ${i + 10}.0] a line of a long life`),
  '[  512.000001] ------------[ cut here ]------------',
  '[  512.000002] WARNING: CPU: 1 PID: 77 at kernel/events/core.c:4053 ctx_sched_in+0x1a4/0x1c8',
  '[  512.100000] Unable to handle kernel NULL pointer dereference at virtual address 0000000000000020',
  '[  512.100001] Internal error: Oops: 0000000096000004 [#1] SMP',
  '[  512.100002] pc : perf_ctx_sched_task_cb+0x20/0xa8\u001b[2J',
  ...Array.from({ length: 40 }, (_, i) => `[  512.2] x${i} : 0000000000000000`),
  '[  512.300000] Kernel panic - not syncing: Oops: Fatal exception',
  '[  512.300001] SMP: stopping secondary CPUs',
  '',
].join('\r\n');

test('a panic is told by its line, with the trouble that it came of', () => {
  const { code, exitStatus, message, more } = end({ console: OOPS });
  assert.deepEqual([code, exitStatus], ['LAB_DIED', 22]);
  assert.equal(message, "the lab's host died: Kernel panic - not syncing: Oops: Fatal exception");
  assert.match(more[0]!, /^\[ {2}512\.000001\] -+\[ cut here/);
  assert.ok(
    more.includes('[  512.100002] pc : perf_ctx_sched_task_cb+0x20/0xa8\\x1b[2J'),
    'nothing for a terminal to obey',
  );
  assert.ok(more.length <= 20);
});

test('a power-off is no death, whatever somebody has written on the console', () => {
  for (const console of [
    '',
    'Kernel panic - not syncing: said by a program\n',
    '[ 1.0] reboot: Power down\n',
  ])
    assert.equal(end({ console }).code, 'LAB');
});

test('a QEMU that was killed or failed is a death, with its own words first', () => {
  const killed = end({ signal: 'SIGKILL', status: null, console: '[ 1.0] all is well\n' });
  assert.equal(killed.code, 'LAB_DIED');
  assert.match(killed.message, /ended by SIGKILL/);
  assert.deepEqual(killed.more, ['[ 1.0] all is well']);
  const failed = end({ status: 1, complaints: 'qemu: no memory\n' });
  assert.match(failed.message, /ended with status 1/);
  assert.deepEqual(failed.more, ['qemu: no memory']);
});

test('what it was ended for is said; a panic that came first counts more', () => {
  const fault = 'it has given no sign of life for 60 s';
  const silent = { fault, signal: 'SIGKILL', status: null } as const;
  assert.equal(end(silent).message, `the lab's host died: ${fault}`);
  assert.match(end({ ...silent, console: OOPS }).message, /Kernel panic/);
});

test('an end goes to another process and comes whole; what is none is none', () => {
  const error = end({ console: OOPS });
  const { code, message, more } = decodeEnd(encodeEnd(error))!;
  assert.deepEqual({ code, message, more }, { code: error.code, message: error.message, more: error.more });
  for (const text of ['', '{', 'null', '{}', '{"code":"INTERNAL","message":"x","more":[]}', '[1]'])
    assert.equal(decodeEnd(Buffer.from(text)), undefined, text);
});
