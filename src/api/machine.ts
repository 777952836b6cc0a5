/** What the control plane needs of a machine, and nothing more; src/machine/machine.ts implements it. */

import type { Origin, RasEvent } from '../events/events.ts';

export const MACHINE_STATES = [
  'starting',
  'running',
  'paused',
  'stopping',
  'stopped',
  'stopped-on-error',
] as const;
export type MachineState = (typeof MACHINE_STATES)[number];

/** How many errors the poison ledger knows, by how far each of them has come. */
export interface ErrorCounts {
  /** Every error since the machine started. */
  total: number;
  /** Waiting in a source's queue for a free block. */
  queued: number;
  /** Told to the guest, not acknowledged yet. */
  told: number;
  /** Acknowledged by the guest (read_ack). */
  acknowledged: number;
  /** Not told: --ras off, no ACPI in the guest, or a kind that the guest cannot take. */
  untold: number;
}

export interface MachineStatus {
  name: string;
  pid: number;
  state: MachineState;
  /** ns since the machine started. */
  uptime: number;
  vcpus: number;
  /** Guest RAM in bytes, all regions together. */
  memory: number;
  /** Where guest RAM stands: GPA and size in bytes. */
  ram: readonly { gpa: number; size: number }[];
  /** Bytes of it that the guest has booted without, as the host could not back them anew. */
  leftOut: number;
  backing: 'anonymous' | 'memfd';
  /** Bytes; 0: ordinary pages. */
  hugePageSize: number;
  acpi: boolean;
  /** `asked` is --ras; `resolved` is what it came to on this host, with this guest. */
  ras: { asked: 'auto' | 'on' | 'off'; resolved: 'on' | 'off'; early: boolean };
  /** Resident bytes of the process, guest RAM included. */
  rss: number;
  errors: ErrorCounts;
}

/** The ways to make an error, from the softest to the most real (docs/reference/cli.md, `rasvm inject`). */
export const INJECT_MEANS = ['record', 'uffd', 'madvise', 'hwpoison'] as const;
export const INJECT_TELLS = ['early', 'late'] as const;
export const INJECT_ACCESSES = ['data', 'fetch'] as const;
export const INJECT_SEVERITIES = ['corrected', 'recoverable', 'fatal'] as const;

/** A memory error to be made. Callers check it (service.ts does): ranges, and severity for `record` only. */
export interface InjectMemoryRequest {
  kind: 'memory';
  gpa: number;
  /** Bytes from `gpa`; left out: one page of the backing. */
  size?: number;
  /**
   * So many losses of `size`, one behind the other from `gpa` upwards; each is an error of its own. Left out:
   * one.
   */
  count?: number;
  via: (typeof INJECT_MEANS)[number];
  tell: (typeof INJECT_TELLS)[number];
  /** With `record` only; there left out: recoverable. */
  severity?: (typeof INJECT_SEVERITIES)[number];
}

/** A record that was made elsewhere, to be told as it is by the asynchronous source; no page is lost. */
export interface InjectRecordRequest {
  kind: 'record';
  /** A Generic Error Status Block. Callers check it (src/ras/records/given-record.ts does). */
  block: Uint8Array;
}

/**
 * SErrors, one after the other before the vCPU runs on: those that it has not taken are merged
 * (src/ras/vcpu/serror.ts).
 */
export interface InjectSerrorRequest {
  kind: 'serror';
  vcpu: number;
  /** ESR_EL1.ISS of each, one at least; undefined: KVM chooses. Callers check them (service.ts does). */
  syndromes: readonly (bigint | undefined)[];
  /** When the vCPU is in this exception level; left out: at once. */
  exceptionLevel?: 0 | 1;
}

/** A synchronous external abort; it has a record if and only if it is of a lost page. */
export interface InjectSeaRequest {
  kind: 'sea';
  vcpu: number;
  access: (typeof INJECT_ACCESSES)[number];
  /** What FAR_EL1 says; left out: for a fetch PC, for data nothing (ESR_EL1.FnV). */
  va?: bigint;
  exceptionLevel?: 0 | 1;
}

export type InjectRequest =
  | InjectMemoryRequest
  | InjectRecordRequest
  | InjectSerrorRequest
  | InjectSeaRequest;

export interface InjectResult {
  /**
   * The error's id: `id` of every event that tells its story. Of several the first; theirs follow one
   * another.
   */
  id: number;
  /** Left out for a record that was given, and for an exception. */
  gpa?: number;
  /**
   * Bytes lost: a whole page of the backing at least, except with `record`. Of a record that was given, its
   * own; of an exception 0.
   */
  size: number;
  /** HVA of `gpa`; left out when no host page took part. */
  hva?: number;
  /** Of an SError (the last of several) or a SEA. */
  exception?: InjectedException;
}

export interface InjectedException {
  vcpu: number;
  /** Where the vCPU stood. */
  pc: bigint;
  exceptionLevel: 0 | 1;
  /** ESR_EL1 of a SEA; of an SError its ISS, left out where the host's KVM takes none. */
  esr?: bigint;
  /** The guest takes the SError when it does not mask it any more, or is next run. */
  pending: boolean;
}

/** How a lost page was found; {@link Origin}. */
export const ORIGINS = ['signal', 'scan', 'exit', 'injection', 'access'] as const satisfies readonly Origin[];

/** A row of the poison ledger. Times are ns since the machine began. */
export interface PoisonedPage {
  /** The error's id: `id` of every event that tells its story. */
  id: number;
  gpa: number;
  /** Bytes. */
  size: number;
  /** When the loss was noted. */
  since: number;
  origin: Origin;
  /** When the guest was interrupted before it touched the page; left out: it was not. */
  toldEarly?: number;
  /** How often it was told of a touch (SEA), and when it last was. */
  toldLate: number;
  toldLateAt?: number;
  /** How many reports it acknowledged, and when the last. */
  acknowledged: number;
  acknowledgedAt?: number;
  /** How often it met the loss, and when it last did. */
  touches: number;
  touchedAt?: number;
  /**
   * `no`: it touched the page again long after it had acknowledged a report. Else there is nothing to see
   * from outside: it may have taken the page out of use, or have had no use for it. `left-out`: the guest has
   * booted without it.
   */
  offlined: 'no' | 'unknown' | 'left-out';
}

/** KVM_GET_MP_STATE; `stopped`: off by PSCI, or never switched on. */
export const MP_STATES = ['runnable', 'stopped', 'suspended'] as const;

export interface VcpuRegisters {
  vcpu: number;
  mpState: (typeof MP_STATES)[number];
  /**
   * The guest does not run on it until rasvm has answered: an access, or an error whose record has to wait
   * its turn.
   */
  held: boolean;
  /**
   * By name, in the order of REGISTER_NAMES (src/ras/vcpu/vcpu-registers.ts); what the host's KVM does not
   * give is not there.
   */
  registers: Readonly<Record<string, bigint>>;
  /** An SError that the guest has not taken yet; `esr` where KVM holds a syndrome for it. */
  serror?: { esr?: bigint };
}

export interface MachineEvents {
  /** Events whose seq is greater than `seq`, oldest first, at most `limit`. The first event has seq 1. */
  since(seq: number, limit?: number): RasEvent[];
  /** Calls back after each event is kept; gives the function that ends it. */
  subscribe(listener: (event: RasEvent) => void): () => void;
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

export interface ControlledMachine {
  readonly name: string;
  status(): MachineStatus;
  /**
   * `powerdown` presses the power button and resolves once the guest can see it; `kill` ends the machine
   * without asking the guest. Rejects with CONTROL when it cannot.
   */
  stop(mode: 'powerdown' | 'kill'): Promise<void>;
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
   * @param key one character. Callers check it (service.ts does).
   */
  sysrq(key: string): Promise<void>;
  readonly events: MachineEvents;
}
