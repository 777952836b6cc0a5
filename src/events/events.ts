/**
 * What happens to a memory error, step by step, as structured events. One lost page is one error with one id:
 * the story of an error is the events that carry its id, in the order of `seq`.
 */

import { DelayedCall } from '../core/delayed-call.ts';
import type { SerrorClass } from '../ras/vcpu/serror.ts';

/** How the host told rasvm: by a signal (or an exit), by a scan of the page map, an access of rasvm's own, or an injection. */
export type Origin = 'signal' | 'scan' | 'exit' | 'access' | 'injection';

/** early: before anything in the guest touched the page (AO); late: a vCPU stands on the access (AR). */
export type Timing = 'early' | 'late';

/** What the guest did when it met a lost page. */
export type Access = 'fetch' | 'data' | 'table-walk' | 'unknown';

/** Whose memory is lost: the guest's own, what firmware has put there for it (tables, error records), or rasvm's. */
export type Owner = 'guest-ram' | 'firmware' | 'rasvm';

interface EventFields {
  /** A page was lost on purpose; without `gpa`: a record of `size` bytes was given, to be told as it is. */
  injected: { id: number; gpa?: number; size: number; via: string; tell: Timing };
  /** SIGBUS by memory_failure, as it came. `vcpu` for BUS_MCEERR_AR taken by KVM_RUN. */
  signal: { code: 'BUS_MCEERR_AR' | 'BUS_MCEERR_AO'; hva: number; size: number; vcpu?: number };
  /** KVM_EXIT_ARM_SEA, as it came. */
  'sea-exit': { vcpu: number; esr: bigint; gpa?: number; gva?: bigint };
  /** A page found lost that no signal had named. */
  found: { hva: number; size: number };
  /** Whose memory it is. What is the guest's has a GPA. */
  attributed: {
    id: number;
    owner: Owner;
    hva: number;
    gpa?: number;
    size: number;
    timing: Timing;
    origin: Origin;
    vcpu?: number;
  };
  /** Told before in this way: nothing more is due. */
  known: { id: number; gpa: number; timing: Timing };
  /** The source's block is not acknowledged yet; the record (and for SEA its vCPU) waits. */
  queued: { id: number; source: number; depth: number; vcpu?: number };
  /** The source's queue is full, with `waits` errors that it has no room for. The ledger keeps it, and it is told later. */
  deferred: { id: number; source: number; waits: number };
  /** A vCPU that waits was let run, so that its guest gets on with the record before; what it touches, it touches again. */
  retried: { id: number; source: number; vcpu: number };
  /**
   * A record stands in the source's error status block. One that was given has no address here. `pages`: it names so many
   * pages of this error, from the address on. A record that names several errors has an event for each.
   */
  recorded: {
    id: number;
    source: number;
    block: number;
    physicalAddress?: number;
    physicalAddressMask?: bigint;
    severity: string;
    fruText?: string;
    pages?: number;
    overflow?: true;
  };
  /**
   * The guest was interrupted. For a SEA: what the vCPU was doing, the syndrome it got, and who made the exception
   * entry. KVM tells the address by making that entry, and not before; without `gva` it is unknown.
   */
  notified: {
    id: number;
    source?: number;
    notification: 'SEA' | 'SError' | 'GSIV';
    vcpu?: number;
    access?: Access;
    pc?: bigint;
    gva?: bigint;
    exceptionLevel?: number;
    esr?: bigint;
    by?: 'kvm' | 'rasvm';
  };
  /**
   * A vCPU was given an SError on request. `class` and `esr` (ISS; where the host's KVM takes one) are those of what it
   * takes, with what was pending before, of class `merged`. Not `pending`: KVM has made the exception entry.
   */
  serror: {
    id: number;
    vcpu: number;
    class: SerrorClass;
    esr?: bigint;
    merged?: SerrorClass;
    pending: boolean;
    pc: bigint;
    exceptionLevel: number;
  };
  /** The guest wrote read_ack. `after`: ns since the record was published. */
  acknowledged: { id: number; source: number; after: number };
  /**
   * The guest did not acknowledge in time. `consumed`: it had read the record. With `waits` the record stays where it is,
   * and so many reports wait behind it; without, it was withdrawn.
   */
  unacknowledged: { id: number; source: number; after: number; consumed: boolean; waits?: number };
  /** Not reported by a record: this guest has none to read (no ACPI, RAS off), or the block itself is lost. */
  unrecorded: { id: number; reason: string };
  /** The page is whole again: it was backed anew. */
  renewed: { id: number; gpa: number; size: number };
  /** It could not be backed anew for a reset: the guest that boots now does not have it. */
  'left-out': { id: number; gpa: number; size: number; reason: string };
  /** Memory of the error records was lost and backed anew; `rewritten`: so were the unread records. */
  'block-lost': { gpa: number; size: number; rewritten: boolean };
  /** A report that a reset made pointless. */
  dropped: { id: number; source: number };
  'machine.started': { vcpus: number; memory: number; boot: 'acpi' | 'device-tree' };
  'machine.reset': { count: number };
  'machine.powerdown': { asked: string };
  /** A break and this key, on the guest's console. */
  'machine.sysrq': { key: string };
  /**
   * The guest's kernel has panicked: it says so itself (`device`), or its console does. `reason`: if the console
   * has it. `crashKernel`: another kernel was loaded for this, and runs now.
   */
  'machine.panicked': { by: 'device' | 'console'; reason?: string; crashKernel?: true };
  /** A vCPU stands on a lost page, and the machine stands still with it, to be looked at (--no-acpi-policy stop). */
  'machine.halted': { id: number; gpa: number; vcpu: number };
  'machine.stopped': { reason: string; status: number };
  /** An access to an address where nothing is (read as zero, write ignored). */
  'machine.stray-access': { vcpu: number; gpa: number; write: boolean; size: number };
  /** Something that an operator should know. */
  'machine.warning': { message: string };
}

export type RasEventKind = keyof EventFields;

/** `time`: ns since the machine began; `seq` counts from 1. */
export type RasEvent = {
  [K in RasEventKind]: { seq: number; time: number; kind: K } & EventFields[K];
}[RasEventKind];

const KEPT = 8192;

/** ms from an event to its listeners. On a host of one core the guest's handler of an error runs meanwhile. */
const DELAY = 5;

/** An event as it was emitted: what is left to do costs the path of an error nothing. */
interface Emitted {
  kind: RasEventKind;
  time: number;
  fields: object;
}

/** The machine's event log: the last {@link KEPT} events, and whoever listens. */
export class EventLog {
  readonly #origin: bigint;
  #emitted: Emitted[] = [];
  readonly #kept: RasEvent[] = [];
  readonly #listeners = new Set<(event: RasEvent) => void>();
  readonly #telling = new DelayedCall(DELAY, () => this.flush(), { keepsAlive: true });
  #seq = 0;

  /** @param origin when the machine began: ns of CLOCK_MONOTONIC */
  constructor(origin = process.hrtime.bigint()) {
    this.#origin = origin;
  }

  /** ns since the machine began. */
  now(): number {
    return Number(process.hrtime.bigint() - this.#origin);
  }

  /**
   * Listeners hear of it {@link DELAY} ms later, or at the next {@link flush}.
   * @param time ns since the machine began, where it was measured nearer to the cause than this call.
   */
  emit<K extends RasEventKind>(kind: K, fields: EventFields[K], time = this.now()): void {
    if (this.#emitted.push({ kind, time, fields }) === 1) this.#telling.ask();
  }

  /** Tells the listeners now. */
  flush(): void {
    // A listener may emit.
    while (this.#emitted.length > 0) {
      const emitted = this.#emitted;
      this.#emitted = [];
      for (const { kind, time, fields } of emitted) {
        const event = { seq: ++this.#seq, time, kind, ...fields } as RasEvent;
        this.#kept.push(event);
        for (const listener of this.#listeners) listener(event);
      }
    }
    if (this.#kept.length >= 2 * KEPT) this.#kept.splice(0, this.#kept.length - KEPT);
  }

  /** The kept events after `seq`, oldest first, at most `limit`. */
  since(seq: number, limit = KEPT): RasEvent[] {
    this.flush();
    const first = this.#kept[0]?.seq ?? 1;
    const start = Math.max(0, seq + 1 - first);
    return this.#kept.slice(start, start + limit);
  }

  /** @returns what ends the subscription. */
  subscribe(listener: (event: RasEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A CLOCK_MONOTONIC time (ns), as native events carry it, on this log's scale. */
  fromMonotonic(ns: bigint): number {
    return Number(ns - this.#origin);
  }
}
