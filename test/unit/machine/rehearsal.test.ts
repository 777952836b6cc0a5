import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Rehearsal } from '../../../src/machine/rehearsal.ts';
import type { Addon } from '../../../src/native/binding.ts';
import { loadAddon } from '../../../src/native/load.ts';

/** Threads of this process that are called as a vCPU's. */
function vcpuThreads(): number {
  const tids = readdirSync('/proc/self/task');
  return tids.filter((tid) => readFileSync(`/proc/self/task/${tid}/comm`, 'utf8').startsWith('vcpu')).length;
}

/** Waits for so many: a thread names itself some time after its start, and is in /proc for some µs after its end. */
async function threads(count: number, ms: number): Promise<void> {
  for (const until = Date.now() + ms; vcpuThreads() !== count; await sleep(5)) {
    assert.ok(Date.now() < until, `${vcpuThreads()} threads of vCPUs after ${ms} ms, not ${count}`);
  }
}

/** A test that fails leaves its rehearsal running, which ends by itself: the next one is not to see it. */
beforeEach(() => threads(0, 20_000));

/** A native object whose methods are seen before they are called, and whose answers may be others. */
function watched<T extends object>(
  native: T,
  seen: (name: string) => void,
  wrap = (result: unknown) => result,
): T {
  return new Proxy(native, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        seen(String(name));
        return wrap(member.apply(target, args));
      };
    },
  });
}

/** The addon, with a count of the aborts that are injected and of the vCPUs that go on after one. */
function counted() {
  const counts = { setEvents: 0, resume: 0 };
  const count = (name: string) => {
    if (name === 'setEvents' || name === 'resume') counts[name]++;
  };
  const { EventQueue, GuestMemory, scripted } = loadAddon();
  const createVm: Addon['scripted']['createVm'] = (queue) =>
    watched(
      scripted.createVm(queue),
      () => {},
      (result) =>
        typeof result === 'object' && result !== null && 'index' in result ? watched(result, count) : result,
    );
  return { counts, addon: { EventQueue, GuestMemory, scripted: { createVm } } as unknown as Addon };
}

test('a rehearsal goes the whole way of an error many times, ends by itself and leaves nothing behind', async () => {
  const { counts, addon } = counted();
  new Rehearsal({ addon, kvmInjects: true });
  await threads(2, 20_000);
  await threads(0, 20_000);
  assert.ok(counts.resume >= 40, `${counts.resume} rounds`);
  assert.equal(counts.setEvents, counts.resume);
});

test('a host whose KVM cannot inject rehearses the exception entry', async () => {
  const { counts, addon } = counted();
  const rehearsal = new Rehearsal({ addon, kvmInjects: false });
  const until = Date.now() + 20_000;
  while (counts.resume === 0 && Date.now() < until) await sleep(5);
  rehearsal.end();
  assert.ok(counts.resume > 0, 'no round within 20 s');
  assert.equal(counts.setEvents, 0);
});

test('a rehearsal can be ended at any time, and more than once', async () => {
  const { counts, addon } = counted();
  const rehearsal = new Rehearsal({ addon, kvmInjects: true });
  await sleep(20);
  rehearsal.end();
  rehearsal.end();
  const { resume } = counts;
  await threads(0, 20_000);
  assert.equal(counts.resume, resume);
});
