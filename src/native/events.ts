/** EventQueue rows as typed objects. */

import type { Addon, EventQueue } from './binding.ts';
import { EVENT_WORDS, EventKind, NO_VCPU } from './binding.ts';

interface Common {
  /** CLOCK_MONOTONIC in ns, the clock of process.hrtime.bigint(). */
  readonly time: bigint;
}

interface FromVcpu extends Common {
  readonly vcpu: number;
}

/** Answer with {@link Vcpu.complete}. */
export interface MmioReadEvent extends FromVcpu {
  readonly kind: typeof EventKind.MmioRead;
  readonly gpa: number;
  /** Bytes. */
  readonly size: number;
}

/** MmioWrite waits for {@link Vcpu.resume}; PostedWrite does not wait. */
export interface MmioWriteEvent extends FromVcpu {
  readonly kind: typeof EventKind.MmioWrite | typeof EventKind.PostedWrite;
  readonly gpa: number;
  readonly size: number;
  readonly data: bigint;
}

export interface MemoryErrorEvent extends Common {
  readonly kind: typeof EventKind.MemoryError;
  /** The vCPU that touched the page and waits for resume; undefined: none waits. */
  readonly vcpu: number | undefined;
  /** BUS_MCEERR_AR or BUS_MCEERR_AO. */
  readonly code: number;
  readonly hva: number;
  /** log2 of the lost range's size in bytes (si_addr_lsb). */
  readonly lsb: number;
}

export interface SystemEventEvent extends FromVcpu {
  readonly kind: typeof EventKind.SystemEvent;
  /** KVM_SYSTEM_EVENT_*. */
  readonly type: number;
  readonly flags: bigint;
}

export interface HypercallEvent extends FromVcpu {
  readonly kind: typeof EventKind.Hypercall;
  readonly nr: number;
  readonly flags: bigint;
}

export interface ArmSeaEvent extends FromVcpu {
  readonly kind: typeof EventKind.ArmSea;
  /** Undefined unless KVM_EXIT_ARM_SEA_FLAG_GPA_VALID. */
  readonly gpa: number | undefined;
  readonly esr: bigint;
  /** Valid unless ESR's FnV is set. */
  readonly gva: bigint;
}

export interface PausedEvent extends FromVcpu {
  readonly kind: typeof EventKind.Paused;
}

export interface RunFailedEvent extends FromVcpu {
  readonly kind: typeof EventKind.RunFailed;
  readonly errno: number;
  readonly exitReason: number;
  /** The first two words of kvm_run's union; of KVM_EXIT_MEMORY_FAULT its flags and GPA. */
  readonly words: readonly [bigint, bigint];
}

export interface OtherExitEvent extends FromVcpu {
  readonly kind: typeof EventKind.OtherExit;
  readonly exitReason: number;
  readonly words: readonly [bigint, bigint];
}

export interface ArmNisvEvent extends FromVcpu {
  readonly kind: typeof EventKind.ArmNisv;
  readonly gpa: number;
  /** ESR_EL2.ISS. */
  readonly iss: bigint;
}

export type NativeEvent =
  | MmioReadEvent
  | MmioWriteEvent
  | MemoryErrorEvent
  | SystemEventEvent
  | HypercallEvent
  | ArmSeaEvent
  | PausedEvent
  | RunFailedEvent
  | OtherExitEvent
  | ArmNisvEvent;

/** include/uapi/linux/kvm.h: KVM_EXIT_ARM_SEA_FLAG_GPA_VALID. */
const SEA_GPA_VALID = 1n;

/** The event in `rows` from word `at`. A kind that is not the contract's is a bug: Error. */
export function decodeEvent(rows: BigUint64Array, at: number): NativeEvent {
  const head = Number(rows[at]);
  const kind = (head & 0xff) as EventKind;
  const size = (head >>> 8) & 0xff;
  // Not by shifts: they end at 31 bits and a sign.
  const vcpu = Math.floor(head / 0x1_0000) & 0xffff;
  const a = rows[at + 1]!;
  const b = rows[at + 2]!;
  const time = rows[at + 5]!;
  switch (kind) {
    case EventKind.MmioRead:
      return { kind, vcpu, time, gpa: Number(a), size };
    case EventKind.MmioWrite:
    case EventKind.PostedWrite:
      return { kind, vcpu, time, gpa: Number(a), size, data: b };
    case EventKind.MemoryError:
      return {
        kind,
        vcpu: vcpu === NO_VCPU ? undefined : vcpu,
        time,
        code: size,
        hva: Number(a),
        lsb: Number(b),
      };
    case EventKind.SystemEvent:
      return { kind, vcpu, time, type: Number(a), flags: b };
    case EventKind.Hypercall:
      return { kind, vcpu, time, nr: Number(a), flags: b };
    case EventKind.ArmSea: {
      const valid = (rows[at + 4]! & SEA_GPA_VALID) !== 0n;
      return { kind, vcpu, time, gpa: valid ? Number(a) : undefined, esr: b, gva: rows[at + 3]! };
    }
    case EventKind.Paused:
      return { kind, vcpu, time };
    case EventKind.RunFailed:
      return {
        kind,
        vcpu,
        time,
        errno: Number(a),
        exitReason: Number(b),
        words: [rows[at + 3]!, rows[at + 4]!],
      };
    case EventKind.OtherExit:
      return { kind, vcpu, time, exitReason: Number(a), words: [b, rows[at + 3]!] };
    case EventKind.ArmNisv:
      return { kind, vcpu, time, gpa: Number(a), iss: b };
    default:
      throw new Error(`native event of unknown kind ${String(kind satisfies never)}`);
  }
}

const ROWS = 64;

/**
 * A queue whose events go to `handle`, in order, on the main thread. If `handle` throws, the events behind it
 * are handled in the next turn of the event loop.
 */
export function openEventQueue(addon: Addon, handle: (event: NativeEvent) => void): EventQueue {
  const rows = new BigUint64Array(ROWS * EVENT_WORDS);
  let next = 0;
  let count = 0;
  const drain = (): void => {
    try {
      // A row taken is handled even if the one before it threw: hence next and count outlive the call. A
      // handler that closes the queue ends the loop, since a closed queue gives none.
      for (;;) {
        while (next < count) handle(decodeEvent(rows, next++ * EVENT_WORDS));
        next = 0;
        count = queue.take(rows);
        if (count === 0) return;
      }
    } catch (error) {
      setImmediate(drain);
      throw error;
    }
  };
  const queue = new addon.EventQueue(drain);
  return queue;
}
