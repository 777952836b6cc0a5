/** EventQueue rows as typed objects. */

import { errnoName } from '../core/errno.ts';
import { type Addon, EVENT_WORDS, EventKind, type EventQueue, NO_VCPU } from './binding.ts';

interface Common {
  /** CLOCK_MONOTONIC in ns, the clock of process.hrtime.bigint(). */
  readonly time: bigint;
}

interface FromVcpu extends Common {
  readonly vcpu: number;
}

/** Answer with {@link Vcpu.complete}. */
export interface MmioReadEvent extends FromVcpu {
  readonly kind: 'mmio-read';
  readonly gpa: number;
  /** Bytes. */
  readonly size: number;
}

interface WriteEvent extends FromVcpu {
  readonly gpa: number;
  readonly size: number;
  readonly data: bigint;
}

/** Answer with {@link Vcpu.resume}. */
export interface MmioWriteEvent extends WriteEvent {
  readonly kind: 'mmio-write';
}

/** The vCPU has gone on. */
export interface PostedWriteEvent extends WriteEvent {
  readonly kind: 'posted-write';
}

export interface MemoryErrorEvent extends Common {
  readonly kind: 'memory-error';
  /** The vCPU that touched the page and waits for resume; undefined: none waits. */
  readonly vcpu: number | undefined;
  /** BUS_MCEERR_AR or BUS_MCEERR_AO. */
  readonly code: number;
  readonly hva: number;
  /** log2 of the lost range's size in bytes (si_addr_lsb). */
  readonly lsb: number;
}

export interface SystemEvent extends FromVcpu {
  readonly kind: 'system-event';
  /** KVM_SYSTEM_EVENT_*. */
  readonly type: number;
  readonly flags: bigint;
}

export interface HypercallEvent extends FromVcpu {
  readonly kind: 'hypercall';
  readonly nr: number;
  readonly flags: bigint;
}

export interface ArmSeaEvent extends FromVcpu {
  readonly kind: 'arm-sea';
  readonly esr: bigint;
  /** Undefined unless KVM_EXIT_ARM_SEA_FLAG_GPA_VALID. */
  readonly gpa: number | undefined;
  /** Undefined if the syndrome says that FAR is not valid (FnV). */
  readonly gva: bigint | undefined;
}

export interface PausedEvent extends FromVcpu {
  readonly kind: 'paused';
}

export interface RunFailedEvent extends FromVcpu {
  readonly kind: 'run-failed';
  readonly errno: number;
  /** The errno's name. */
  readonly error: string;
  readonly exitReason: number;
  /** The first two words of kvm_run's union; of KVM_EXIT_MEMORY_FAULT its flags and GPA. */
  readonly words: readonly [bigint, bigint];
}

export interface OtherExitEvent extends FromVcpu {
  readonly kind: 'other-exit';
  readonly exitReason: number;
  readonly words: readonly [bigint, bigint];
}

export interface ArmNisvEvent extends FromVcpu {
  readonly kind: 'arm-nisv';
  readonly gpa: number;
  /** ESR_EL2.ISS. */
  readonly iss: bigint;
}

export type VmEvent =
  | MmioReadEvent
  | MmioWriteEvent
  | PostedWriteEvent
  | MemoryErrorEvent
  | SystemEvent
  | HypercallEvent
  | ArmSeaEvent
  | PausedEvent
  | RunFailedEvent
  | OtherExitEvent
  | ArmNisvEvent;

/** include/uapi/linux/kvm.h: KVM_EXIT_ARM_SEA_FLAG_GPA_VALID. */
const SEA_GPA_VALID = 1n;
/** ESR_ELx.ISS.FnV of an abort: FAR is not valid (Arm ARM, ESR_EL2). */
const ESR_FNV = 1n << 10n;

/** Events that are taken from a queue at a time. */
const BATCH = 256;

/**
 * Events that are handed out before everything else of the event loop has its turn: timers, signals, control.
 * A guest whose vCPUs store faster than JavaScript reads would let none of them come.
 */
const TURN = 4 * BATCH;

export interface EventHandlers {
  event(event: VmEvent): void;
  /** The events at hand have been handed out; others may have come meanwhile. */
  handedOut?(): void;
}

/** A queue of events, which are handed out as they come, oldest first. */
export class EventReader {
  readonly queue: EventQueue;
  readonly #handlers: EventHandlers;
  readonly #rows = new BigUint64Array(BATCH * EVENT_WORDS);
  #handingOut = false;
  /** Events since the last rest. */
  #inTurn = 0;
  #resting: NodeJS.Immediate | undefined;

  constructor(addon: Pick<Addon, 'EventQueue'>, handlers: EventHandlers) {
    this.queue = new addon.EventQueue(() => this.#onReady());
    this.#handlers = handlers;
  }

  /** Within {@link EventHandlers.event}: what ends the source of events waits for `handedOut`. */
  get handingOut(): boolean {
    return this.#handingOut;
  }

  /** Hands out all that is left. Nothing may be added meanwhile. */
  finish(): void {
    while (this.#handOut() > 0);
  }

  close(): void {
    clearImmediate(this.#resting);
    this.queue.close();
  }

  /**
   * Node.js calls it up to a thousand times before it goes on in its event loop, if the queue fills as fast
   * as it is read (src/node_api.cc, ThreadSafeFunction::Dispatch): so the turn is over for all of these
   * calls.
   */
  #onReady(): void {
    if (this.#resting !== undefined) return;
    let taken: number;
    do {
      taken = this.#handOut();
      this.#inTurn += taken;
    } while (taken === BATCH && this.#inTurn < TURN);
    if (this.#inTurn >= TURN) {
      this.#resting = setImmediate(() => {
        this.#resting = undefined;
        this.#inTurn = 0;
        this.#onReady();
      });
    }
    this.#handlers.handedOut?.();
  }

  /** @returns how many there were */
  #handOut(): number {
    // The rows that the outer call is at would be written over.
    if (this.#handingOut) throw new Error('events are being handed out already');
    this.#handingOut = true;
    try {
      const count = this.queue.take(this.#rows);
      for (let row = 0; row < count; row++) this.#handlers.event(decodeEvent(this.#rows, row));
      return count;
    } finally {
      this.#handingOut = false;
    }
  }
}

/** The event in row `row` of those that {@link EventQueue.take} has filled. */
export function decodeEvent(rows: BigUint64Array, row: number): VmEvent {
  const at = row * EVENT_WORDS;
  const head = Number(rows[at]);
  const kind = (head & 0xff) as EventKind;
  const size = (head >>> 8) & 0xff;
  const vcpu = head >>> 16;
  const a = rows[at + 1]!;
  const b = rows[at + 2]!;
  const time = rows[at + 5]!;
  switch (kind) {
    case EventKind.MmioRead:
      return { kind: 'mmio-read', vcpu, time, gpa: Number(a), size };
    case EventKind.MmioWrite:
      return { kind: 'mmio-write', vcpu, time, gpa: Number(a), size, data: b };
    case EventKind.PostedWrite:
      return { kind: 'posted-write', vcpu, time, gpa: Number(a), size, data: b };
    case EventKind.MemoryError: {
      const toucher = vcpu === NO_VCPU ? undefined : vcpu;
      return { kind: 'memory-error', vcpu: toucher, time, code: size, hva: Number(a), lsb: Number(b) };
    }
    case EventKind.SystemEvent:
      return { kind: 'system-event', vcpu, time, type: Number(a), flags: b };
    case EventKind.Hypercall:
      return { kind: 'hypercall', vcpu, time, nr: Number(a), flags: b };
    case EventKind.ArmSea: {
      const gpa = (rows[at + 4]! & SEA_GPA_VALID) !== 0n ? Number(a) : undefined;
      const gva = (b & ESR_FNV) === 0n ? rows[at + 3]! : undefined;
      return { kind: 'arm-sea', vcpu, time, esr: b, gpa, gva };
    }
    case EventKind.Paused:
      return { kind: 'paused', vcpu, time };
    case EventKind.RunFailed: {
      const errno = Number(a);
      const words = [rows[at + 3]!, rows[at + 4]!] as const;
      return { kind: 'run-failed', vcpu, time, errno, error: errnoName(errno), exitReason: Number(b), words };
    }
    case EventKind.OtherExit:
      return { kind: 'other-exit', vcpu, time, exitReason: Number(a), words: [b, rows[at + 3]!] };
    case EventKind.ArmNisv:
      return { kind: 'arm-nisv', vcpu, time, gpa: Number(a), iss: b };
    default:
      throw new Error(`native event of unknown kind ${String(kind satisfies never)}`);
  }
}
