/**
 * The path of a memory error (docs/architecture.md): attribution, ledger, record, notification, acknowledgement.
 * It plays EL3 firmware for one boot of one guest.
 */

import type { ErrorCounts } from '../api/status.ts';
import { RasvmError } from '../core/errors.ts';
import type { Region } from '../core/region.ts';
import type { Origin, Owner, Timing } from '../events/event.ts';
import type { EventLog } from '../events/event-log.ts';
import type { GuestMap } from '../memory/guest-map.ts';
import { BUS_MCEERR_AO, type NativeError, type Vcpu } from '../native/binding.ts';
import type { MemoryErrorEvent } from '../native/events.ts';
import { isAligned, type LostPage, noteTouch, type PoisonLedger, toldPagesOf } from './errors/ledger.ts';
import { LossScan } from './errors/loss-scan.ts';
import { restoreMemory } from './errors/restore.ts';
import type {
  AsynchronousNotification,
  ExceptionEntry,
  SynchronousNotification,
} from './notify/notification.ts';
import { seaNotification } from './notify/sea.ts';
import type { WithoutRecord } from './policy/no-records.ts';
import type { Router } from './policy/router.ts';
import type { GivenRecord } from './records/given-record.ts';
import { maskOf, memoryErrorRecord, type RecordSeverity, spanOf } from './records/record.ts';
import { AsynchronousReports, PAGE, stepOf } from './sources/asynchronous.ts';
import { ErrorSources, type ErrorSourcesState, type ReadAckRegisters } from './sources/error-sources.ts';
import type { PlannedSource } from './sources/plan.ts';
import type { RecordMemory } from './sources/record-memory.ts';
import type { ErrorReport, GivenReport } from './sources/report.ts';
import type { ErrorSource } from './sources/source.ts';
import { SynchronousReports } from './sources/synchronous.ts';
import { type AskedSea, addressOf, injectAskedSea } from './vcpu/inject-sea.ts';
import { walkStage1 } from './vcpu/stage1.ts';
import { type VcpuView, viewVcpu } from './vcpu/vcpu-view.ts';

/** What a guest with a HEST has. */
export interface RecordsOptions {
  plan: readonly PlannedSource[];
  router: Router;
  memory: RecordMemory;
  readAck: ReadAckRegisters;
  /** How a source that no vCPU waits for is announced. */
  notification(source: PlannedSource): AsynchronousNotification;
  /** Bytes of a page of the guest's kernel; left out: 4 KiB. */
  guestPageSize?: number | undefined;
}

export interface RasServiceOptions {
  /** Guest RAM and the memory of error records. */
  map: GuestMap;
  events: EventLog;
  /** KVM_CAP_ARM_INJECT_EXT_DABT. */
  kvmInjects: boolean;
  /** What holds firmware's tables and error records. */
  firmware?: readonly Region[];
  /** Rows of the ledger outlive a reset of the guest. */
  ledger: PoisonLedger;
  /** Absent: this guest has no HEST, so it gets no records. */
  records?: RecordsOptions;
  /** Why there are no records, for the log. */
  reason?: string;
  /** Late errors are told otherwise than by an SEA. */
  withoutRecord?: WithoutRecord | undefined;
  /** A page is lost, of which the guest would be told now. @returns true: the machine ends, and nothing is told */
  endsAt?: ((page: LostPage) => boolean) | undefined;
}

type Settled = ReturnType<typeof settled>;

/** All of one shape: what V8 compiles in a rehearsal serves the machine. */
function settled(options: RasServiceOptions) {
  const { map, events, kvmInjects, firmware, ledger, records, reason, withoutRecord, endsAt } = options;
  return { map, events, kvmInjects, firmware, ledger, records, reason, withoutRecord, endsAt };
}

/** A memory error that rasvm cannot give to the guest. */
export interface ForeignError {
  hva: number;
  code: number;
  vcpu: number | undefined;
}

/** The service's state as plain data; the ledger has its own. */
export interface RasState {
  readonly version: 1;
  readonly acknowledged: number;
  /** Records so far: each has a number of its own. */
  readonly recorded: number;
  /** Errors for which there was no record. */
  readonly untold: readonly number[];
  readonly sources?: ErrorSourcesState | undefined;
}

export class RasService {
  readonly #options: Settled;
  readonly #notification: SynchronousNotification;
  readonly #sources: ErrorSources | undefined;
  readonly #late: SynchronousReports | undefined;
  readonly #early: AsynchronousReports | undefined;
  readonly #scan: LossScan;
  #closed = false;
  #acknowledged = 0;
  #recorded = 0;
  /** Ids: one error may be met many times. */
  readonly #untold = new Set<number>();

  constructor(options: RasServiceOptions) {
    this.#options = settled(options);
    const { map, events, ledger, records } = options;
    this.#notification = seaNotification(this.#readDescriptor, options.kvmInjects);
    if (records !== undefined) {
      this.#sources = this.#errorSources(records);
      const { router } = records;
      this.#late = this.#sources.synchronous(router({ timing: 'late' }) ?? -1);
      this.#early = this.#sources.asynchronous(router({ timing: 'early' }) ?? -1);
    }
    this.#scan = new LossScan({
      ...{ map, events },
      // One that was lost on purpose may wait for the host's signal, in vain.
      isKnown: (gpa) => {
        const known = ledger.find(gpa);
        return known !== undefined && isSettled(known);
      },
      onLoss: (gpa, size) => this.lostEarly(gpa, size, 'scan'),
    });
  }

  #errorSources({ plan, memory, readAck, notification, guestPageSize = PAGE }: RecordsOptions): ErrorSources {
    const { map, events, ledger } = this.#options;
    const counted = {
      acknowledged: () => this.#acknowledged++,
      unrecorded: (id: number, cause: unknown) => this.#blockLost(id, cause),
    };
    return new ErrorSources({
      ...{ plan, map, memory, events, readAck },
      restoreBlock: (gpa) => this.#restoreRecords(gpa),
      asynchronous: (source) =>
        new AsynchronousReports({
          ...{ ledger, events, guestPageSize, ...counted, notification: notification(source) },
          sequence: () => this.#sequence(),
          encode: (report, by) => this.#encode(report, by),
        }),
      synchronous: () =>
        new SynchronousReports({
          ...{ ledger, events, ...counted, notification: this.#notification },
          encode: (page, { id }, gpa, by) => this.#encodeAccess(page, id, gpa, guestPageSize, by),
          notified: (page, vcpu, entry, source) => this.#notifiedOf(page, vcpu, entry, source),
          ignored: (page, gpa) => this.#reportIgnored(page, gpa),
        }),
    });
  }

  /** The sources of this boot, by their ids. */
  sources(): { source: number; depth: number; unacknowledged: number }[] {
    return this.#sources?.states() ?? [];
  }

  /** The vCPU stands before an access to a lost page: its report waits for its turn. */
  holds(vcpu: Vcpu): boolean {
    return this.#late?.holds(vcpu.index) === true;
  }

  /** How far the errors of this boot have come. */
  counts(): ErrorCounts {
    return {
      total: this.#options.ledger.errors,
      ...(this.#sources?.counts() ?? { queued: 0, told: 0 }),
      acknowledged: this.#acknowledged,
      untold: this.#untold.size,
    };
  }

  /**
   * A SIGBUS by memory_failure. With a vCPU it is resumed when it may go on.
   * @returns the error if it is not in guest memory: rasvm itself is hit.
   */
  signal(event: MemoryErrorEvent, vcpu: Vcpu | undefined): ForeignError | undefined {
    const { map, events } = this.#options;
    const size = 2 ** event.lsb;
    const time = events.fromMonotonic(event.time);
    const gpa = map.gpaOf(event.hva);
    if (vcpu !== undefined && gpa !== undefined && this.#isNothingNew(vcpu, gpa, time)) return undefined;
    const early = event.code === BUS_MCEERR_AO;
    const code = early ? 'BUS_MCEERR_AO' : 'BUS_MCEERR_AR';
    const on = vcpu === undefined ? {} : { vcpu: vcpu.index };
    events.emit('signal', { code, hva: event.hva, size, ...on }, time);

    if (gpa === undefined) {
      this.#lostOwn(event.hva, size, vcpu);
      return { hva: event.hva, code: event.code, vcpu: vcpu?.index };
    }
    if (vcpu === undefined) {
      this.lostEarly(gpa, size, 'signal');
      this.#scan.soon();
    } else if (this.#isRestored(gpa)) {
      vcpu.resume();
    } else {
      this.#lostLate(vcpu, gpa, size, 'signal', time);
    }
    return undefined;
  }

  /** The vCPU has done this access before, and the guest is at it. */
  #isNothingNew(vcpu: Vcpu, gpa: number, at: number): boolean {
    return this.#late?.isInHand(vcpu, gpa, at) === true || this.#late?.isBack(vcpu, gpa, at) === true;
  }

  /** rasvm's own memory: nothing that the guest could be told. */
  #lostOwn(hva: number, size: number, vcpu: Vcpu | undefined): void {
    const { ledger, events } = this.#options;
    const id = ledger.nextId();
    const timing = vcpu === undefined ? 'early' : 'late';
    const on = vcpu === undefined ? {} : { vcpu: vcpu.index };
    events.emit('attributed', { id, owner: 'rasvm', hva, size, timing, origin: 'signal', ...on });
    this.#unrecorded(
      id,
      `memory of rasvm's own failed at HVA 0x${hva.toString(16)}${vcpu ? '' : ': it goes on until it touches it'}`,
    );
  }

  /** KVM_EXIT_ARM_SEA: the CPU met an error that the host kernel's firmware tables do not claim. */
  seaExit(vcpu: Vcpu, gpa: number): void {
    const at = this.#options.events.now();
    if (this.#isNothingNew(vcpu, gpa, at)) return;
    if (this.#isRestored(gpa)) vcpu.resume();
    else this.#lostLate(vcpu, gpa, PAGE, 'exit', at);
  }

  /**
   * Makes a vCPU that stands still take a SEA where it stands, and lets it run. One of a lost page is told as if the guest
   * had touched the page there; any other has no record.
   * @throws RasvmError CONTROL while the record of another SEA is not acknowledged: the vCPU still stands
   */
  injectSea(vcpu: Vcpu, asked: AskedSea): ExceptionEntry & { id: number } {
    const view = viewVcpu(vcpu);
    const page = this.#lostPageOf(asked, view);
    if (page !== undefined && this.#lateSource?.busy) {
      throw new RasvmError(
        'CONTROL',
        'the guest has not acknowledged the record of the SEA before: try again',
      );
    }
    if (page !== undefined) this.#attributed(page, 'late', 'injection', vcpu);
    const entry = { view, sea: injectAskedSea(vcpu, view, asked, this.#readDescriptor, page) };
    if (page === undefined) {
      const id = this.#options.ledger.nextId();
      vcpu.resume();
      this.#notified(id, vcpu, entry);
      return { id, ...entry };
    }
    this.#tellLate(vcpu, page, page.gpa, entry);
    return { id: page.id, ...entry };
  }

  get #lateSource(): ErrorSource | undefined {
    return this.#sources?.source(this.#options.records!.router({ timing: 'late' }) ?? -1);
  }

  #lostPageOf(asked: AskedSea, view: VcpuView): LostPage | undefined {
    const va = addressOf(asked, view);
    if (va === undefined) return undefined;
    const walk = walkStage1(view.translation, va, this.#readDescriptor);
    return walk.outcome === 'unmapped' ? undefined : this.#options.ledger.find(walk.gpa);
  }

  /** A page was lost that the guest has not touched; it is told by the asynchronous source. */
  lostEarly(gpa: number, size: number, origin: Origin): LostPage {
    const { ledger, events } = this.#options;
    const { page } = ledger.lose(gpa, size, origin, events.now());
    if (this.#isRestored(gpa)) return page;
    this.#attributed(page, 'early', origin);
    if (isSettled(page)) {
      events.emit('known', { id: page.id, gpa: page.gpa, timing: 'early' });
      return page;
    }
    if (!this.#options.endsAt?.(page)) this.#reportEarly(page, gpa);
    return page;
  }

  /** An access of rasvm's own failed (EHWPOISON): it was for a device or a walk, and the page is the guest's. */
  lostByAccess(gpa: number): void {
    if (this.#closed || this.#options.ledger.find(gpa) !== undefined) return;
    this.lostEarly(gpa, this.#options.map.pageSize(gpa), 'access');
  }

  /**
   * A page is about to be lost on purpose, of which no part is lost yet. With `late` the guest is to find out by touching it:
   * an early signal of the host's about it is not passed on.
   */
  expectLoss(gpa: number, size: number, tell: Timing): LostPage {
    const { ledger, events } = this.#options;
    const page = ledger.loseRange(gpa, size, 'injection', events.now());
    page.lateOnly = tell === 'late';
    return page;
  }

  /** The page was not lost after all. */
  lossFailed(page: LostPage): void {
    this.#options.ledger.renew(page);
  }

  /** Reports an error that loses no page. */
  record(id: number, gpa: number, size: number, severity: RecordSeverity): void {
    this.#offer({ kind: 'error', id, gpa, size, severity });
  }

  /** Reports what was made elsewhere, as it is. */
  give(id: number, { bytes, severity }: GivenRecord): void {
    this.#offer({ kind: 'given', id, bytes, severity });
  }

  /** The guest wrote its acknowledgement to a source's read_ack register. */
  acknowledge(source: number, time: bigint): void {
    this.#sources?.acknowledge(source, this.#options.events.fromMonotonic(time));
  }

  /** The guest is reset: its memory is made whole, and what it was to be told is dropped. */
  reset(): void {
    this.close();
    this.#sources?.reset();
    restoreMemory(this.#options);
  }

  /** The VM ends: nothing is done by itself any more. */
  close(): void {
    this.#closed = true;
    this.#scan.close();
    this.#sources?.close();
  }

  save(): RasState {
    return {
      version: 1,
      acknowledged: this.#acknowledged,
      recorded: this.#recorded,
      untold: [...this.#untold],
      ...(this.#sources && { sources: this.#sources.save() }),
    };
  }

  /** Takes the state of the service of another boot with the same sources, whose guest goes on here. */
  load({ acknowledged, recorded, untold, sources }: RasState): void {
    this.#acknowledged = acknowledged;
    this.#recorded = recorded;
    for (const id of untold) this.#untold.add(id);
    if (sources !== undefined) this.#sources?.load(sources);
  }

  #readDescriptor = (gpa: number): bigint | undefined => {
    try {
      return this.#options.map.readU64(gpa);
    } catch (error) {
      // The vCPU's own error comes first.
      if ((error as NativeError).code === 'EHWPOISON') setImmediate(() => this.lostByAccess(gpa)).unref();
      return undefined;
    }
  };

  /**
   * @param gpa a byte of the page that was accessed
   * @param at when it was, ns since the machine began
   */
  #lostLate(vcpu: Vcpu, gpa: number, size: number, origin: Origin, at: number): void {
    const { page } = this.#options.ledger.lose(gpa, size, origin, at);
    noteTouch(page, at);
    this.#attributed(page, 'late', origin, vcpu);
    if (this.#options.endsAt?.(page)) return;
    const { withoutRecord } = this.#options;
    const way = withoutRecord?.way(vcpu, page);
    if (way !== undefined) {
      this.#unrecorded(page.id, withoutRecord?.reason);
      way();
      return;
    }
    this.#tellLate(vcpu, page, gpa);
  }

  /** @param entry the exception, if it was entered already */
  #tellLate(vcpu: Vcpu, page: LostPage, gpa: number, entry?: ExceptionEntry): void {
    if (this.#late !== undefined) {
      this.#late.report(vcpu, page, gpa, entry);
      return;
    }
    this.#unrecorded(page.id);
    const entered = entry ?? this.#notification.enter(vcpu, page);
    vcpu.resume();
    this.#notifiedOf(page, vcpu, entered);
  }

  /** The guest has taken the exception; the vCPU runs. */
  #notifiedOf(page: LostPage | undefined, vcpu: Vcpu, entry: ExceptionEntry, source?: number): void {
    if (page === undefined) return;
    page.toldLate++;
    page.toldLateAt = this.#options.events.now();
    this.#notified(page.id, vcpu, entry, source);
    if (page.size > PAGE) this.#early?.tellRest(page);
  }

  #notified(id: number, vcpu: Vcpu, { view, sea }: ExceptionEntry, source?: number): void {
    this.#options.events.emit('notified', {
      id,
      ...(source === undefined ? {} : { source }),
      notification: this.#notification.name,
      vcpu: vcpu.index,
      access: sea.abort.access,
      pc: view.pc,
      ...(sea.far === undefined ? {} : { gva: sea.far }),
      exceptionLevel: view.exceptionLevel,
      esr: sea.esr,
      by: sea.by,
    });
  }

  #reportEarly(page: LostPage, failed?: number): void {
    if (this.#early !== undefined) {
      this.#early.tell(page, failed);
      return;
    }
    page.toldEarly = true;
    this.#unrecorded(page.id);
  }

  /** The guest did not look at the record of an access to the page at `gpa`. */
  #reportIgnored(page: LostPage, gpa: number): void {
    if (this.#early === undefined) this.#reportEarly(page);
    else this.#early.tellAgain(page, gpa);
  }

  #offer(report: ErrorReport | GivenReport): void {
    if (this.#early === undefined) this.#unrecorded(report.id);
    else this.#early.offer(report);
  }

  /** What was lost is memory of the error records, and has other memory now: the guest need not know. */
  #isRestored(gpa: number): boolean {
    return this.#options.records?.memory.holds(gpa) === true && this.#restoreRecords(gpa);
  }

  /** The page of the error records that holds `gpa` is lost: gives them other memory. False: there is none. */
  #restoreRecords(gpa: number): boolean {
    const { events, ledger, records } = this.#options;
    const renewed = records?.memory.renew(gpa);
    if (renewed === undefined) return false;
    const lost = ledger.find(gpa);
    if (lost !== undefined && records?.memory.holds(lost.gpa)) ledger.renew(lost);
    const rewritten = this.#sources!.rewrite(renewed.gpa, renewed.size);
    events.emit('block-lost', { ...renewed, rewritten });
    events.emit('machine.warning', {
      message: `the memory of the error records failed at GPA 0x${renewed.gpa.toString(16)}: it is backed anew, and nothing of them is lost`,
    });
    return true;
  }

  #blockLost(id: number, cause: unknown): void {
    this.#options.events.emit('machine.warning', { message: `error status block lost: ${String(cause)}` });
    this.#unrecorded(id);
  }

  #sequence(): number {
    return (this.#recorded++ % 0xffff) + 1;
  }

  #encode(report: ErrorReport | GivenReport, { id: source, block }: ErrorSource): Uint8Array {
    if (report.kind === 'error') {
      const { id, gpa, size, severity } = report;
      return this.#record(id, gpa, spanOf(gpa, size), severity, { id: source, block });
    }
    const { id, bytes, severity } = report;
    this.#options.events.emit('recorded', { id, source, block, severity });
    return bytes;
  }

  /** The record's address is that of the page that was accessed; its mask says how much is gone with it. */
  #encodeAccess(
    page: LostPage | undefined,
    id: number,
    gpa: number,
    guestPageSize: number,
    source: ErrorSource,
  ): Uint8Array {
    if (page === undefined) return this.#record(id, gpa, PAGE, 'recoverable', source);
    if (page.size > PAGE) toldPagesOf(page).add(gpa);
    const size = isAligned(page) ? page.size : stepOf(page, guestPageSize);
    return this.#record(page.id, gpa, size, 'recoverable', source);
  }

  /** @param size a power of two */
  #record(
    id: number,
    gpa: number,
    size: number,
    severity: RecordSeverity,
    { id: source, block }: Pick<ErrorSource, 'id' | 'block'>,
  ): Uint8Array {
    const { events } = this.#options;
    const sequence = this.#sequence();
    const { bytes, fruText } = memoryErrorRecord({ id, sequence, gpa, size, severity });
    const physicalAddressMask = maskOf(size);
    const described = { physicalAddress: gpa, physicalAddressMask, severity, fruText };
    events.emit('recorded', { id, source, block, ...described });
    return bytes;
  }

  #attributed(page: LostPage, timing: Timing, origin: Origin, vcpu?: Vcpu): void {
    const { map, events } = this.#options;
    const { id, gpa, size } = page;
    const on = vcpu === undefined ? {} : { vcpu: vcpu.index };
    const hva = map.hvaOf(gpa);
    events.emit('attributed', { id, owner: this.#ownerOf(page), hva, gpa, size, timing, origin, ...on });
  }

  #ownerOf({ gpa, size }: LostPage): Owner {
    const isMet = ({ base, size: length }: Region) => gpa < base + length && base < gpa + size;
    return this.#options.firmware?.some(isMet) ? 'firmware' : 'guest-ram';
  }

  #unrecorded(id: number, reason = this.#options.reason ?? 'no record could be written'): void {
    this.#untold.add(id);
    this.#options.events.emit('unrecorded', { id, reason });
  }

  /** The host may have lost pages that no signal names. */
  scanSoon(): void {
    this.#scan.soon();
  }
}

/** The guest has been told of the page, or is not to be before it touches it. */
function isSettled({ toldEarly, toldLate, lateOnly, leftOut }: LostPage): boolean {
  return toldEarly || toldLate > 0 || lateOnly || leftOut;
}
