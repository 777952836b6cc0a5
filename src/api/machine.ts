/** What others may ask of a machine, and nothing more; src/machine/machine.ts implements it. Types alone. */

import type { MachineEvents } from './events.ts';
import type { InjectRequest, InjectResult } from './inject.ts';
import type { PoisonedPage } from './poison.ts';
import type { VcpuRegisters } from './registers.ts';
import type { MachineStatus } from './status.ts';
import type { StopMode } from './stop.ts';

/** Requests from outside come by {@link call} (call.ts), which has checked them against their schemas. */
export interface ControlledMachine {
  readonly name: string;
  status(): MachineStatus;
  /**
   * `powerdown` presses the power button and resolves once the guest can see it; `kill` ends the machine
   * without asking the guest. Rejects with CONTROL when it cannot.
   */
  stop(mode: StopMode): Promise<void>;
  /** Rejects with USAGE for a request that can never work, CONTROL for one that does not work here or now. */
  inject(request: InjectRequest): Promise<InjectResult>;
  /** What the poison ledger has, by address: the pages that are lost now. */
  poison(): PoisonedPage[];
  /**
   * The registers of one vCPU or of all, each taken out of the guest for a moment; they are not of one
   * instant. Rejects with USAGE for a vCPU that the machine does not have, CONTROL when one cannot be read.
   */
  registers(vcpu?: number): Promise<VcpuRegisters[]>;
  /**
   * A break on the guest's console, and the key behind it: Linux' magic SysRq. Resolves when the guest has
   * read them. Rejects with CONTROL when it does not.
   * @param key one character
   */
  sysrq(key: string): Promise<void>;
  readonly events: MachineEvents;
}

/** An error source of the guest's HEST, now. */
export interface ErrorSourceState {
  /** Its id in the HEST. */
  source: number;
  /** Reports that wait, without the one that is published. */
  depth: number;
  /** ns that the record in its block has waited for the acknowledgement; 0: there is none. */
  unacknowledged: number;
}

/** What the metrics are made of. */
export interface MeasuredMachine extends Pick<ControlledMachine, 'name' | 'events' | 'poison'> {
  /** None for a guest that gets no records. */
  errorSources(): ErrorSourceState[];
}
