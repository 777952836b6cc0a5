/**
 * What happens to a memory error, step by step, as structured events. One lost page is one error with one id:
 * the story of an error is the events that carry its id, in the order of `seq`.
 */

import * as z from 'zod/mini';

/**
 * How the host told rasvm: by a signal, a scan of the page map, an exit; or an injection, or an access of
 * rasvm's own.
 */
export const ORIGINS = ['signal', 'scan', 'exit', 'injection', 'access'] as const;
export type Origin = (typeof ORIGINS)[number];

/** early: before anything in the guest touched the page (AO); late: a vCPU stands on the access (AR). */
export const TIMINGS = ['early', 'late'] as const;
export type Timing = (typeof TIMINGS)[number];

/** What the guest did when it met a lost page. */
export const ACCESSES = ['fetch', 'data', 'table-walk', 'unknown'] as const;
export type Access = (typeof ACCESSES)[number];

/**
 * Whose memory is lost: the guest's own, what firmware has put there for it (tables, error records), or
 * rasvm's.
 */
export const OWNERS = ['guest-ram', 'firmware', 'rasvm'] as const;
export type Owner = (typeof OWNERS)[number];

/** What an SError can be asked to be, by the class that its syndrome says. */
export const NAMED_SERROR_CLASSES = ['ce', 'ueo', 'uer', 'ueu', 'uc', 'uncategorized'] as const;
export type NamedSerrorClass = (typeof NAMED_SERROR_CLASSES)[number];

/** What it can be: of a class with a name, or of none that the architecture knows. */
export const SERROR_CLASSES = [...NAMED_SERROR_CLASSES, 'reserved', 'implementation-defined'] as const;
export type SerrorClass = (typeof SERROR_CLASSES)[number];

/** A count, an id, a GPA or HVA, a size in bytes, ns. */
const int = z.int();
/** Register contents or a mask, 64 bits. */
const word = z.bigint();
const text = z.string();
const flag = z.boolean();
const timing = z.enum(TIMINGS);
const optional = z.exactOptional;

/** The fields of each kind of event, in the order in which they are best read. */
export const EVENT_FIELDS = {
  /** A page was lost on purpose; without `gpa`: a record of `size` bytes was given, to be told as it is. */
  injected: z.object({ id: int, gpa: optional(int), size: int, via: text, tell: timing }),
  /** SIGBUS by memory_failure, as it came. `vcpu` for BUS_MCEERR_AR taken by KVM_RUN. */
  signal: z.object({
    code: z.enum(['BUS_MCEERR_AR', 'BUS_MCEERR_AO']),
    hva: int,
    size: int,
    vcpu: optional(int),
  }),
  /** KVM_EXIT_ARM_SEA, as it came. */
  'sea-exit': z.object({ vcpu: int, esr: word, gpa: optional(int), gva: optional(word) }),
  /** A page found lost that no signal had named. */
  found: z.object({ hva: int, size: int }),
  /** Whose memory it is. What is the guest's has a GPA. */
  attributed: z.object({
    id: int,
    owner: z.enum(OWNERS),
    hva: int,
    gpa: optional(int),
    size: int,
    timing,
    origin: z.enum(ORIGINS),
    vcpu: optional(int),
  }),
  /** Told before in this way: nothing more is due. */
  known: z.object({ id: int, gpa: int, timing }),
  /** The source's block is not acknowledged yet; the record (and for SEA its vCPU) waits. */
  queued: z.object({ id: int, source: int, depth: int, vcpu: optional(int) }),
  /**
   * The source's queue is full, with `waits` errors that it has no room for. The ledger keeps it, and it is
   * told later.
   */
  deferred: z.object({ id: int, source: int, waits: int }),
  /**
   * A vCPU that waits was let run, so that its guest gets on with the record before; what it touches, it
   * touches again.
   */
  retried: z.object({ id: int, source: int, vcpu: int }),
  /**
   * A record stands in the source's error status block. One that was given has no address here. `pages`: it
   * names so many pages of this error, from the address on. A record that names several errors has an event
   * for each.
   */
  recorded: z.object({
    id: int,
    source: int,
    block: int,
    physicalAddress: optional(int),
    physicalAddressMask: optional(word),
    severity: text,
    fruText: optional(text),
    pages: optional(int),
    overflow: optional(z.literal(true)),
  }),
  /**
   * The guest was interrupted. For a SEA: what the vCPU was doing, the syndrome it got, and who made the
   * exception entry. KVM tells the address by making that entry, and not before; without `gva` it is unknown.
   */
  notified: z.object({
    id: int,
    source: optional(int),
    notification: z.enum(['SEA', 'SError', 'GSIV']),
    vcpu: optional(int),
    access: optional(z.enum(ACCESSES)),
    pc: optional(word),
    gva: optional(word),
    exceptionLevel: optional(int),
    esr: optional(word),
    by: optional(z.enum(['kvm', 'rasvm'])),
  }),
  /** Nobody has read the record: the guest was interrupted for it once more. `times`: how often by now. */
  renotified: z.object({ id: int, source: int, notification: z.enum(['GSIV']), times: int }),
  /**
   * A vCPU was given an SError on request. `class` and `esr` (ISS; where the host's KVM takes one) are those
   * of what it takes, with what was pending before, of class `merged`. Not `pending`: KVM has made the
   * exception entry.
   */
  serror: z.object({
    id: int,
    vcpu: int,
    class: z.enum(SERROR_CLASSES),
    esr: optional(word),
    merged: optional(z.enum(SERROR_CLASSES)),
    pending: flag,
    pc: word,
    exceptionLevel: int,
  }),
  /** The guest wrote read_ack. `after`: ns since the record was published. */
  acknowledged: z.object({ id: int, source: int, after: int }),
  /**
   * The guest did not acknowledge in time. `consumed`: it had read the record. With `waits` the record stays
   * where it is, and so many reports wait behind it; without, it was withdrawn.
   */
  unacknowledged: z.object({ id: int, source: int, after: int, consumed: flag, waits: optional(int) }),
  /**
   * Not reported by a record: this guest has none to read (no ACPI, RAS off), or the block itself is lost.
   */
  unrecorded: z.object({ id: int, reason: text }),
  /** The page is whole again: it was backed anew. */
  renewed: z.object({ id: int, gpa: int, size: int }),
  /** It could not be backed anew for a reset: the guest that boots now does not have it. */
  'left-out': z.object({ id: int, gpa: int, size: int, reason: text }),
  /** Memory of the error records was lost and backed anew; `rewritten`: so were the unread records. */
  'block-lost': z.object({ gpa: int, size: int, rewritten: flag }),
  /** A report that a reset made pointless. */
  dropped: z.object({ id: int, source: int }),
  'machine.started': z.object({ vcpus: int, memory: int, boot: z.enum(['acpi', 'device-tree']) }),
  'machine.reset': z.object({ count: int }),
  'machine.powerdown': z.object({ asked: text }),
  /** A break and this key, on the guest's console. */
  'machine.sysrq': z.object({ key: text }),
  /**
   * The guest's kernel has panicked: it says so itself (`device`), or its console does. `reason`: as far as the
   * console has it. `crashKernel`: another kernel was loaded for this, and runs now.
   */
  'machine.panicked': z.object({
    by: z.enum(['device', 'console']),
    reason: z.optional(text),
    crashKernel: z.optional(z.literal(true)),
  }),
  /**
   * A vCPU stands on a lost page, and the machine stands still with it, to be looked at (--no-acpi-policy
   * stop).
   */
  'machine.halted': z.object({ id: int, gpa: int, vcpu: int }),
  'machine.stopped': z.object({ reason: text, status: int }),
  /** An access to an address where nothing is (read as zero, write ignored). */
  'machine.stray-access': z.object({ vcpu: int, gpa: int, write: flag, size: int }),
  /** Something that an operator should know. */
  'machine.warning': z.object({ message: text }),
} as const;

export type RasEventKind = keyof typeof EVENT_FIELDS;
export type EventFields = { [K in RasEventKind]: z.infer<(typeof EVENT_FIELDS)[K]> };

/** `time`: ns since the machine began; `seq` counts from 1. */
export type RasEvent = {
  [K in RasEventKind]: { seq: number; time: number; kind: K } & EventFields[K];
}[RasEventKind];
