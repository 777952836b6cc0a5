/** A VM without KVM, its queue as a promise of the next event, and struct kvm_run by exit. */

import assert from 'node:assert/strict';
import type { EventQueue, ScriptedVm, Vcpu } from '../../../src/native/binding.ts';
import { EventReader, type VmEvent } from '../../../src/native/events.ts';
import { loadAddon } from '../../../src/native/load.ts';

export const addon = loadAddon();

/** Longer than any event takes to come, and short enough to wait for one that must not. */
const PATIENCE = 5000;
export const QUIET = 50;

/** The events of one queue, taken one at a time. */
export class Events {
  readonly queue: EventQueue;
  /** Takes what is there now. */
  readonly drain: () => void;
  readonly #got: VmEvent[] = [];
  #wanted: (() => void) | undefined;

  constructor() {
    const reader = new EventReader(addon, {
      event: (event) => void this.#got.push(event),
      handedOut: () => {
        if (this.#got.length > 0) this.#wanted?.();
      },
    });
    this.queue = reader.queue;
    this.drain = () => reader.finish();
  }

  async next(): Promise<VmEvent>;
  async next<K extends VmEvent['kind']>(kind: K): Promise<Extract<VmEvent, { kind: K }>>;
  async next(kind?: string): Promise<VmEvent> {
    const event = await this.#within(PATIENCE);
    assert.ok(event !== undefined, `no event came, wanted ${kind ?? 'any'}`);
    if (kind !== undefined) assert.equal(event.kind, kind);
    return event;
  }

  /** No event comes for a while. */
  async quiet(): Promise<void> {
    assert.equal(await this.#within(QUIET), undefined);
  }

  async #within(ms: number): Promise<VmEvent | undefined> {
    if (this.#got.length === 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wanted = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wanted = undefined;
    }
    return this.#got.shift();
  }
}

export interface Scene {
  events: Events;
  vm: ScriptedVm;
  vcpus: Vcpu[];
}

/** Runs `body` with a VM whose vCPUs are not started, and closes all after it. */
export async function withVm(count: number, body: (scene: Scene) => Promise<void> | void): Promise<void> {
  const events = new Events();
  const vm = addon.scripted.createVm(events.queue);
  try {
    await body({ events, vm, vcpus: Array.from({ length: count }, (_, index) => vm.createVcpu(index)) });
  } finally {
    vm.close();
    events.queue.close();
  }
}

export const EXIT = {
  HYPERCALL: 3,
  MMIO: 6,
  FAIL_ENTRY: 9,
  INTR: 10,
  SYSTEM_EVENT: 24,
  ARM_NISV: 28,
  ARM_SEA: 41,
};

/** struct kvm_run from exit_reason (offset 8) on: the union stands at offset 32 of the structure. */
export function exit(reason: number, ...words: bigint[]): { run: Uint8Array } {
  const run = new DataView(new ArrayBuffer(24 + 256));
  run.setUint32(0, reason, true);
  words.forEach((word, index) => {
    run.setBigUint64(24 + index * 8, word, true);
  });
  return { run: new Uint8Array(run.buffer) };
}

/** KVM_EXIT_MMIO: phys_addr, data[8], len u32, is_write u8. */
export const load = (gpa: number, size: number) => exit(EXIT.MMIO, BigInt(gpa), 0n, BigInt(size));
export const store = (gpa: number, size: number, data: bigint) =>
  exit(EXIT.MMIO, BigInt(gpa), data, BigInt(size) | (1n << 32n));

export const EINTR = 4;
export const EAGAIN = 11;
export const EFAULT = 14;
export const EINVAL = 22;
