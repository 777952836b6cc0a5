/** A guest that falls silent is looked into before it is ended. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RasvmError } from '../../../src/core/errors.ts';
import { lookInto } from '../../../src/scenario/run/stuck.ts';
import { ScriptedGuest } from './scripted-guest.ts';

const LIMITS = { call: 100, first: 400, quiet: 50, most: 800, poll: 5 };

test('registers come first, then what the kernel says to SysRq, until it is quiet', async () => {
  const guest = new ScriptedGuest();
  guest.onSysrq = (key) => {
    if (key !== 'w') return;
    setTimeout(() => guest.say('sysrq: Show Blocked State'), 30);
    setTimeout(() => guest.say('task:init state:D'), 60);
  };
  const began = performance.now();
  const { vcpus, missing } = await lookInto(guest, LIMITS);
  assert.deepEqual(missing, []);
  assert.deepEqual(guest.asked, ['registers', 'sysrq 7', 'sysrq l', 'sysrq w']);
  assert.deepEqual(
    vcpus.map(({ vcpu, registers }) => [vcpu, registers.pc]),
    [[0, '0xffff800012345678']],
  );
  assert.equal(guest.console.items.length, 2);
  assert.ok(performance.now() - began < LIMITS.most, 'it ended when the guest was quiet');
});

test('a guest that never gets quiet, or says nothing, is waited for only so long', async () => {
  const chatty = new ScriptedGuest();
  const timer = setInterval(() => chatty.say('again'), 10);
  await lookInto(chatty, LIMITS);
  clearInterval(timer);
  const mute = new ScriptedGuest();
  mute.onSysrq = () => {};
  const began = performance.now();
  await lookInto(mute, LIMITS);
  const took = performance.now() - began;
  assert.ok(took >= LIMITS.first && took < 10 * LIMITS.most, `${took} ms`);
});

test('what cannot be had is told, and keeps nothing else from being had', async () => {
  const guest = new ScriptedGuest();
  guest.registers = () => new Promise(() => {});
  guest.onSysrq = () => {
    throw new RasvmError('CONTROL', 'the guest does not read its console');
  };
  assert.deepEqual(await lookInto(guest, LIMITS), {
    vcpus: [],
    missing: ['registers: no answer within 0.1 s', 'SysRq 7: the guest does not read its console'],
  });
  assert.deepEqual(guest.asked, ['sysrq 7']);
});
