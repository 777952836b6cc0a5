import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as setImmediatePromise } from 'node:timers/promises';
import type { RegisterBankSpec } from '../../../src/native/binding.ts';
import { EventReader } from '../../../src/native/events.ts';
import { addon, store } from './support.ts';

const BASE = 0x1000;
const VCPUS = 8;
const STORES = 20_000;
const BANK: RegisterBankSpec = {
  base: BASE,
  size: 0x1000,
  registers: [{ offset: 0, size: 8, value: 0n, read: 'shadow', write: 'post' }],
};

test('vCPUs that store without end hold up neither timers nor anything else of the event loop', async () => {
  let events = 0;
  const reader = new EventReader(addon, { event: () => events++ });
  const vm = addon.scripted.createVm(reader.queue);
  vm.mapRegisters(BANK);
  const vcpus = Array.from({ length: VCPUS }, (_, index) => vm.createVcpu(index));
  const step = store(BASE, 8, 1n);
  for (let index = 0; index < VCPUS; index++) for (let i = 0; i < STORES; i++) vm.play(index, step);

  // How many events are handed out between two turns of the loop, and before a timer of 5 ms.
  let most = 0;
  let before = 0;
  const turn = () => {
    most = Math.max(most, events - before);
    before = events;
    if (events < VCPUS * STORES) setImmediate(turn);
  };
  let atTimer = 0;
  const timer = new Promise<void>((resolve) => {
    setTimeout(() => {
      atTimer = events;
      resolve();
    }, 5);
  });
  for (const vcpu of vcpus) vcpu.start();
  turn();
  await timer;
  const until = Date.now() + 60_000;
  while (events < VCPUS * STORES) {
    assert.ok(Date.now() < until, `${events} events after 60 s`);
    await setImmediatePromise();
  }
  assert.ok(atTimer < VCPUS * STORES, 'the timer came when all was read');
  assert.ok(most <= 4096, `${most} events in one turn of the event loop`);
  assert.equal(events, VCPUS * STORES);
  vm.close();
  reader.close();
});

test('a handler that has the events handed out again is stopped, before it loses any', async () => {
  const seen: bigint[] = [];
  let again: unknown;
  const reader = new EventReader(addon, {
    event(event) {
      if (event.kind === 'posted-write') seen.push(event.data);
      try {
        reader.finish();
      } catch (error) {
        again = error;
      }
    },
  });
  const vm = addon.scripted.createVm(reader.queue);
  vm.mapRegisters(BANK);
  const vcpu = vm.createVcpu(0);
  for (const data of [1n, 2n, 3n]) vm.play(0, store(BASE, 8, data));
  vcpu.start();
  const until = Date.now() + 10_000;
  while (seen.length < 3 && Date.now() < until) await setImmediatePromise();
  vm.close();
  reader.close();
  assert.deepEqual(seen, [1n, 2n, 3n]);
  assert.match(String(again), /being handed out already/);
});
