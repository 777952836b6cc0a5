/** A machine as `rasvm run` makes it, on any host: its KVM is a script, all else is real. */

import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MiB } from '../../../src/core/region.ts';
import type { RasEvent, RasEventKind } from '../../../src/events/event.ts';
import { CAP, KVM_API_VERSION } from '../../../src/kvm/abi.ts';
import { Machine } from '../../../src/machine/machine.ts';
import type { RunOptions } from '../../../src/machine/options.ts';
import type { Addon, GuestMemory, Kvm, ScriptedVm } from '../../../src/native/binding.ts';
import { loadAddon } from '../../../src/native/load.ts';
import { kernelFile } from '../firmware/kernel-file.ts';

const PATIENCE = 10_000;
const RAM_SIZE = 64 * MiB;

/** What the scripted host's KVM says of itself. */
const CAPABILITIES: Partial<Record<number, number>> = {
  [CAP.ARM_PSCI_0_2]: 1,
  [CAP.IMMEDIATE_EXIT]: 1,
  [CAP.ARM_VM_IPA_SIZE]: 40,
  [CAP.ARM_INJECT_EXT_DABT]: 1,
  [CAP.VCPU_EVENTS]: 1,
  [CAP.ARM_INJECT_SERROR_ESR]: 1,
};

export interface SceneOptions extends Partial<RunOptions> {
  /** Called when the KVM VM of a boot is made, from 1 on. */
  onVm?: (boot: number, scene: ScriptedMachine) => void;
  /** Done while it starts. */
  meanwhile?: (machine: Machine) => Promise<void>;
  /** In place of the console's end, which takes everything. */
  write?: (bytes: Uint8Array) => boolean;
}

export class ScriptedMachine {
  readonly machine: Machine;
  /** One a boot. */
  readonly vms: ScriptedVm[] = [];
  readonly addon: Addon = loadAddon();
  /** What its guest has sent to the console. */
  output = '';
  /** Its RAM, and the memory of its error records. */
  memory!: GuestMemory;
  records!: GuestMemory;

  /** It is started, and ended with the test at the latest. */
  static async start(t: TestContext, options: SceneOptions = {}): Promise<ScriptedMachine> {
    const scene = new ScriptedMachine(t, options);
    t.after(() => scene.machine.stop('kill'));
    const started = scene.machine.start();
    await options.meanwhile?.(scene.machine);
    await started;
    return scene;
  }

  private constructor(t: TestContext, { onVm, write, meanwhile: _, ...options }: SceneOptions) {
    const { addon, vms } = this;
    const kvm: Kvm = {
      apiVersion: KVM_API_VERSION,
      checkExtension: (cap) => CAPABILITIES[cap] ?? 0,
      createVm: (_, queue) => {
        const vm = addon.scripted.createVm(queue);
        vms.push(vm);
        onVm?.(vms.length, this);
        return vm;
      },
      close: () => {},
    };
    const GuestMemory = function made(this: unknown, of: ConstructorParameters<Addon['GuestMemory']>[0]) {
      const memory = new addon.GuestMemory(of);
      if (of.size === RAM_SIZE) scene.memory = memory;
      else scene.records = memory;
      return memory;
    } as unknown as Addon['GuestMemory'];
    const scene = this;
    const console = {
      write: (bytes: Uint8Array) => {
        this.output += Buffer.from(bytes).toString('latin1');
        return write?.(bytes) ?? true;
      },
      onDrain: () => {},
      resumeInput: () => {},
    };
    this.machine = new Machine(
      'test',
      {
        ...{ kernel: kernelFile(t), append: '', vcpus: 1, memory: RAM_SIZE, acpi: true },
        ras: { mode: 'auto', early: true, notify: 'sea', onError: 'report' },
        ...{ noAcpiPolicy: 'ignore', console: { kind: 'stdio' }, shared: false, hugePageSize: 0 },
        ...{ log: { level: 'error' }, panic: { action: 'end', from: 'console' } },
        ...options,
      },
      { addon: { ...addon, GuestMemory }, kvm },
      { console },
    );
  }

  /** The VM of the boot that runs. */
  get vm(): ScriptedVm {
    return this.vms.at(-1)!;
  }

  /** The vCPU's exits, one after the other. */
  play(vcpu: number, ...steps: Parameters<ScriptedVm['play']>[1][]): void {
    for (const step of steps) this.vm.play(vcpu, step);
  }

  events<K extends RasEventKind>(kind: K): Extract<RasEvent, { kind: K }>[] {
    const all = this.machine.events.since(0, Infinity);
    return all.filter((event) => event.kind === kind) as never;
  }

  /** The exit status. */
  async finished(): Promise<number> {
    const late = sleep(PATIENCE, undefined, { ref: false }).then(() => {
      throw new Error(`the machine has not ended after ${PATIENCE} ms`);
    });
    return Promise.race([this.machine.finished, late]);
  }

  /** Waits until it holds. */
  async until(what: string, holds: () => boolean): Promise<void> {
    for (const end = Date.now() + PATIENCE; !holds(); await sleep(2)) {
      if (Date.now() > end) throw new Error(`after ${PATIENCE} ms not yet: ${what}`);
    }
  }
}

/** The event loop stands still: what vCPUs do meanwhile is found together. */
export function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
