/** Reads the registers of vCPUs while the guest runs: each leaves KVM_RUN for as long as it takes, and goes on. */

import type { VcpuRegisters } from '../api/machine.ts';
import { monotonicNow } from '../core/clock.ts';
import { RasvmError } from '../core/errors.ts';
import type { Vcpu } from '../native/binding.ts';
import { readVcpu } from '../ras/vcpu/vcpu-registers.ts';

/** ms for a vCPU to leave KVM_RUN; it takes microseconds, unless the host has no time for its thread. */
const PATIENCE = 5000;

/** ms between looks whether the vCPU waits for something else than the pause. */
const POLL = 50;

export class VcpuInspector {
  /** By the vCPU's index; whoever asks meanwhile gets the same. */
  readonly #open = new Map<number, Inspection>();

  /** Rejects with CONTROL. */
  inspect(vcpu: Vcpu): Promise<VcpuRegisters> {
    let inspection = this.#open.get(vcpu.index);
    if (!inspection) {
      inspection = new Inspection(vcpu, () => this.#open.delete(vcpu.index));
      this.#open.set(vcpu.index, inspection);
      inspection.begin();
    }
    return inspection.done;
  }

  /** The vCPU has answered {@link Vcpu.pause}; the caller resumes it. */
  paused(vcpu: Vcpu): void {
    this.#open.get(vcpu.index)?.read(false);
  }

  /** The guest has ended. */
  close(): void {
    for (const inspection of [...this.#open.values()])
      inspection.fail(new RasvmError('CONTROL', 'the guest has ended'));
  }
}

class Inspection {
  readonly done: Promise<VcpuRegisters>;
  readonly #vcpu: Vcpu;
  readonly #onEnd: () => void;
  #resolve!: (registers: VcpuRegisters) => void;
  #reject!: (error: RasvmError) => void;
  #poll: NodeJS.Timeout | undefined;

  constructor(vcpu: Vcpu, onEnd: () => void) {
    this.#vcpu = vcpu;
    this.#onEnd = onEnd;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  begin(): void {
    const vcpu = this.#vcpu;
    if (!vcpu.running) {
      this.read(true);
      return;
    }
    vcpu.pause();
    const deadline = monotonicNow() + PATIENCE;
    let parked = false;
    this.#poll = setInterval(() => {
      // Seen twice it is not the pause, which would have been told by now, but an error that waits its turn.
      if (parked && !vcpu.running) this.read(true);
      else if (monotonicNow() > deadline) this.fail(new RasvmError('CONTROL', noTime(vcpu.index)));
      parked = !vcpu.running;
    }, POLL);
  }

  read(held: boolean): void {
    let registers: VcpuRegisters;
    try {
      registers = readVcpu(this.#vcpu, held);
    } catch (cause) {
      const why = (cause as Error).message;
      const what = `the registers of vCPU ${this.#vcpu.index} cannot be read: ${why}`;
      this.fail(new RasvmError('CONTROL', what, { cause }));
      return;
    }
    this.#end();
    this.#resolve(registers);
  }

  fail(error: RasvmError): void {
    this.#end();
    this.#reject(error);
  }

  #end(): void {
    clearInterval(this.#poll);
    this.#onEnd();
  }
}

function noTime(index: number): string {
  return `vCPU ${index} has not left the guest within ${PATIENCE / 1000} s: the host gives its thread no time`;
}
