/**
 * The one way to stop vCPUs: for a look at their registers, for an exception on request, for a machine that stands still. A
 * vCPU is stopped between two instructions of its guest, with no access half done; or, for who takes that as well, where it is
 * held before an access whose report has to wait its turn.
 */

import { RasvmError } from '../core/errors.ts';
import type { Vcpu } from '../native/binding.ts';

/** ms for a vCPU to stop; it takes microseconds, unless it is held or the host has no time for its thread. */
export const STOP_PATIENCE = 8000;

/** A vCPU that stands still, for one who asked, until that gives it back. */
export interface Lease {
  /** It is held before an access; else it stands between two instructions. */
  readonly held: boolean;
  /** It runs on, if nobody else wants it to stand still. */
  release(): void;
  /** Somebody else lets it run, or has already. */
  handOver(): void;
}

export interface StopRequest {
  /** One that is held counts as stopped: it is only looked at. Left out: it is waited for until it is not. */
  held?: boolean;
}

interface Waiting {
  readonly held: boolean;
  grant(held: boolean): void;
  fail(error: RasvmError): void;
}

export class VcpuStops {
  /** RAS holds the vCPU before an access. */
  readonly #isHeld: (vcpu: Vcpu) => boolean;
  /** By index, in the order in which they came. */
  readonly #waiting = new Map<number, Waiting[]>();
  readonly #leased = new Set<number>();
  /** They have answered a pause, and stand still until they are resumed here. */
  readonly #paused = new Set<number>();
  /** Why no vCPU runs on. */
  #standsStill: string | undefined;
  #closed: string | undefined;

  constructor(isHeld: (vcpu: Vcpu) => boolean) {
    this.#isHeld = isHeld;
  }

  /** Rejects with CONTROL where the vCPU does not stop in time, or its guest ends. One at a time has it. */
  stop(vcpu: Vcpu, { held: takesHeld = false }: StopRequest = {}): Promise<Lease> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => waiting.fail(tooLate(vcpu)), STOP_PATIENCE);
      const waitingHere = this.#of(vcpu);
      const end = () => {
        clearTimeout(late);
        const at = waitingHere.indexOf(waiting);
        if (at >= 0) waitingHere.splice(at, 1);
      };
      const waiting: Waiting = {
        held: takesHeld,
        grant: (held) => {
          end();
          this.#leased.add(vcpu.index);
          resolve(this.#lease(vcpu, held));
        },
        fail: (error) => {
          end();
          reject(error);
        },
      };
      waitingHere.push(waiting);
      const refused = this.#closed ?? (takesHeld ? undefined : this.#standsStill);
      if (refused !== undefined) waiting.fail(new RasvmError('CONTROL', refused));
      else this.#serve(vcpu);
    });
  }

  /** The vCPU has answered {@link Vcpu.pause}. */
  paused(vcpu: Vcpu): void {
    this.#paused.add(vcpu.index);
    this.#serve(vcpu);
    this.#letRun(vcpu);
  }

  /** The vCPU may be held from now on. */
  held(vcpu: Vcpu): void {
    if (this.#waiting.size > 0) this.#serve(vcpu);
  }

  /** No vCPU runs any more, but all can be looked at. Who waits for one that is to run on is told why it will not. */
  standStill(vcpus: readonly Vcpu[], reason: string): void {
    this.#standsStill = reason;
    for (const all of this.#waiting.values())
      for (const waiting of [...all]) if (!waiting.held) waiting.fail(new RasvmError('CONTROL', reason));
    for (const vcpu of vcpus) {
      if (vcpu.running) vcpu.pause();
      else this.#serve(vcpu);
    }
  }

  /** The guest has ended: who waits is told so. */
  close(reason: string): void {
    this.#closed = reason;
    for (const all of this.#waiting.values())
      for (const waiting of [...all]) waiting.fail(new RasvmError('CONTROL', reason));
  }

  /** Gives the vCPU to the next who waits, if it stands as that wants it; else sees to it that it will. */
  #serve(vcpu: Vcpu): void {
    if (this.#leased.has(vcpu.index)) return;
    const waiting = this.#of(vcpu);
    if (waiting.length === 0) return;
    if (this.#paused.has(vcpu.index)) {
      // One that will not run on is held, wherever it stands.
      waiting[0]!.grant(this.#standsStill !== undefined);
      return;
    }
    const held = !vcpu.running && (this.#standsStill !== undefined || this.#isHeld(vcpu));
    const next = held ? waiting.find((each) => each.held) : undefined;
    try {
      // What is held stops again when it is let run, before it does anything.
      if (this.#standsStill === undefined) vcpu.pause();
    } catch (cause) {
      for (const each of [...waiting])
        each.fail(new RasvmError('CONTROL', (cause as Error).message, { cause }));
      return;
    }
    next?.grant(true);
  }

  #lease(vcpu: Vcpu, held: boolean): Lease {
    let given = true;
    const giveBack = (runs: boolean) => {
      if (!given) return;
      given = false;
      this.#leased.delete(vcpu.index);
      if (runs) this.#paused.delete(vcpu.index);
      if (this.#closed !== undefined) return;
      this.#serve(vcpu);
      this.#letRun(vcpu);
    };
    return { held, release: () => giveBack(false), handOver: () => giveBack(true) };
  }

  #letRun(vcpu: Vcpu): void {
    if (this.#leased.has(vcpu.index) || this.#standsStill !== undefined || !this.#paused.delete(vcpu.index))
      return;
    vcpu.resume();
  }

  #of(vcpu: Vcpu): Waiting[] {
    let waiting = this.#waiting.get(vcpu.index);
    if (waiting === undefined) {
      waiting = [];
      this.#waiting.set(vcpu.index, waiting);
    }
    return waiting;
  }
}

function tooLate({ index }: Vcpu): RasvmError {
  return new RasvmError(
    'CONTROL',
    `vCPU ${index} has not stopped within ${STOP_PATIENCE / 1000} s: it waits with an error whose record has to wait its ` +
      'turn, or the host gives its thread no time',
  );
}
