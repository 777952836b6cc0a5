/**
 * The path of a memory error (docs/architecture.md): attribution, ledger, record, notification, acknowledgement.
 * It plays EL3 firmware for one boot of one guest.
 */

import type { ErrorCounts } from '../api/status.ts';
import { RasvmError } from '../core/errors.ts';
import type { Region } from '../core/region.ts';
import type { Origin, Owner, Timing } from '../events/event.ts';
import type { EventLog } from '../events/event-log.ts';
import { BUS_MCEERR_AO, type GuestMemory, type NativeError, type Vcpu } from '../native/binding.ts';
import type { MemoryErrorEvent } from '../native/events.ts';
import {
  type LostPage,
  noteAcknowledgement,
  noteTouch,
  type PoisonLedger,
  toldPagesOf,
} from './errors/ledger.ts';
import { restoreMemory } from './errors/restore.ts';
import type { WithoutRecord } from './policy/no-records.ts';
import type { GivenRecord } from './records/given-record.ts';
import { memoryErrorRecord, type RecordSeverity } from './records/record.ts';
import { EarlyReports } from './sources/early.ts';
import { RecordMemory } from './sources/record-memory.ts';
import { ErrorSource } from './sources/source.ts';
import { type AskedSea, addressOf, type InjectedSea, injectAskedSea, injectSea } from './vcpu/inject-sea.ts';
import { walkStage1 } from './vcpu/stage1.ts';
import { type VcpuView, viewVcpu } from './vcpu/vcpu-view.ts';

/** Source ids in the HEST. */
export const SOURCE = { SEA: 0, GED: 1 } as const;

/**
 * ms for a SEA record's acknowledgement, by the exception level that the abort was taken from. Linux looks at its
 * sources for one of a process, when its thread has the CPU again; for one in kernel mode only on few paths, and at once.
 */
const SEA_PATIENCE = { user: 10_000, kernel: 2000 } as const;

/** ms in which a vCPU that was let run comes back with the same error, if it does not do something else. */
const RETRY_WINDOW = 1000;

/**
 * After an early signal others may have been lost (the kernel coalesces them): ms until the page map is read. It takes the
 * longer the more is lost, and pauses so many times as long, so that a storm of signals leaves time for its errors.
 */
const SCAN = { delay: 20, pause: 20 } as const;

export interface RecordArea {
  /** GPA and length of the error status block of a source. */
  block(source: number): { gpa: number; length: number };
  /** The memory that holds the blocks and nothing else; left out: it is not backed anew when it is lost. */
  region?: { base: number; size: number };
  /** What stands there at first. */
  initial?: Uint8Array;
  /** Bytes of a page of the guest's kernel; left out: 4 KiB. */
  guestPageSize?: number;
}

export interface RasServiceOptions {
  memory: GuestMemory;
  ramBase: number;
  events: EventLog;
  /** KVM_CAP_ARM_INJECT_EXT_DABT. */
  kvmInjects: boolean;
  /** Of guest RAM what holds firmware's tables and error records. */
  firmware?: readonly Region[];
  /** Rows of the ledger outlive a reset of the guest. */
  ledger: PoisonLedger;
  /** Absent: this guest has no HEST, so it gets no records. */
  records?: {
    area: RecordArea;
    readAck: { clear(source: number): void; awaited(source: number, urgently: boolean): void };
    /** Pulses the hardware error device's interrupt. */
    pulse(): void;
  };
  /** Why there are no records, for the log. */
  reason?: string;
  /** Late errors are told otherwise than by an SEA. */
  withoutRecord?: WithoutRecord | undefined;
  /** A page is lost, of which the guest would be told now. @returns true: the machine ends, and nothing is told */
  endsAt?: ((page: LostPage) => boolean) | undefined;
}

type Settled = ReturnType<typeof settled>;

/** All of one shape, and what native code is not to be asked for at each error: what V8 compiles in a rehearsal serves the machine. */
function settled(options: RasServiceOptions) {
  const { memory, ramBase, events, kvmInjects, firmware, ledger, records, reason, withoutRecord, endsAt } =
    options;
  const { hva, size } = memory;
  return {
    ...{ memory, hva, size, ramBase, events, kvmInjects, firmware },
    ...{ ledger, records, reason, withoutRecord, endsAt },
  };
}

/** A SEA that a vCPU was given, and where it stood. */
export interface SeaEntry {
  view: VcpuView;
  sea: InjectedSea;
}

/** A memory error that rasvm cannot give to the guest. */
export interface ForeignError {
  hva: number;
  code: number;
  vcpu: number | undefined;
}

export class RasService {
  readonly #options: Settled;
  readonly #sea: ErrorSource | undefined;
  readonly #ged: ErrorSource | undefined;
  readonly #early: EarlyReports | undefined;
  readonly #recordMemory: RecordMemory | undefined;
  #scan: NodeJS.Timeout | undefined;
  #scanPause: number = SCAN.delay;
  #closed = false;
  #acknowledged = 0;
  #recorded = 0;
  /** Ids: one error may be met many times. */
  readonly #untold = new Set<number>();
  /** vCPUs that were let run while their SEA waits, by index: the page, and when (ns since the machine began). */
  readonly #letRun = new Map<number, { page: LostPage; at: number }>();

  /** The last SEA of a process was not looked up in all its time: this guest may never look. */
  #seaIgnored = false;

  constructor(options: RasServiceOptions) {
    this.#options = settled(options);
    if (options.records !== undefined) {
      this.#recordMemory = this.#recordMemoryOf(options.records.area);
      this.#sea = this.#source(SOURCE.SEA);
      this.#ged = this.#source(SOURCE.GED);
      this.#early = this.#earlyReports(this.#ged, options.records);
    }
  }

  #recordMemoryOf({ region, initial }: RecordArea): RecordMemory | undefined {
    if (region === undefined || initial === undefined) return undefined;
    const { memory, ramBase } = this.#options;
    return new RecordMemory({ memory, ramBase, region, initial });
  }

  #earlyReports(source: ErrorSource, records: NonNullable<RasServiceOptions['records']>): EarlyReports {
    const { ledger, events } = this.#options;
    return new EarlyReports({
      ...{ source, ledger, events },
      block: records.area.block(source.id).gpa,
      guestPageSize: records.area.guestPageSize ?? 4096,
      sequence: () => this.#sequence(),
      pulse: () => records.pulse(),
      acknowledged: () => this.#acknowledged++,
      unrecorded: (id, cause) => this.#blockLost(id, cause),
    });
  }

  #source(id: number): ErrorSource {
    const { events, memory, ramBase, records } = this.#options;
    const { gpa, length } = records!.area.block(id);
    return new ErrorSource({
      id,
      block: gpa,
      blockLength: length,
      events,
      readAck: {
        clear: () => records!.readAck.clear(id),
        awaited: (urgently) => records!.readAck.awaited(id, urgently),
      },
      memory: {
        write: (at, bytes) => memory.write(at - ramBase, bytes),
        read: (at, target) => memory.read(at - ramBase, target),
      },
      restoreBlock: () => this.#restoreRecords(gpa),
      waiting: () => (id === SOURCE.GED ? (this.#early?.depth ?? 0) : 0),
    });
  }

  /** The sources of this boot, by their ids. */
  sources(): { source: number; depth: number; unacknowledged: number }[] {
    return [this.#sea, this.#ged]
      .filter((source) => source !== undefined)
      .map(({ id, depth, unacknowledged }) => ({
        source: id,
        depth: depth + (id === SOURCE.GED ? (this.#early?.depth ?? 0) : 0),
        unacknowledged,
      }));
  }

  /** How far the errors of this boot have come. */
  counts(): ErrorCounts {
    const sources = [this.#sea, this.#ged].filter((source) => source !== undefined);
    return {
      total: this.#options.ledger.errors,
      queued: sources.reduce((sum, source) => sum + source.depth, this.#early?.depth ?? 0),
      told: sources.reduce((sum, source) => sum + source.told, 0),
      acknowledged: this.#acknowledged,
      untold: this.#untold.size,
    };
  }

  /**
   * A SIGBUS by memory_failure. With a vCPU it is resumed when it may go on.
   * @returns the error if it is not in guest memory: rasvm itself is hit.
   */
  signal(event: MemoryErrorEvent, vcpu: Vcpu | undefined): ForeignError | undefined {
    const { ramBase, events } = this.#options;
    const size = 2 ** event.lsb;
    const time = events.fromMonotonic(event.time);
    if (vcpu !== undefined && this.#isBack(vcpu, event.hva, time)) return undefined;
    const early = event.code === BUS_MCEERR_AO;
    const code = early ? 'BUS_MCEERR_AO' : 'BUS_MCEERR_AR';
    const on = vcpu === undefined ? {} : { vcpu: vcpu.index };
    events.emit('signal', { code, hva: event.hva, size, ...on }, time);

    const offset = event.hva - this.#options.hva;
    if (offset < 0 || offset >= this.#options.size) {
      this.#lostOwn(event.hva, size, vcpu);
      return { hva: event.hva, code: event.code, vcpu: vcpu?.index };
    }
    if (vcpu === undefined) {
      this.lostEarly(ramBase + offset, size, 'signal');
      this.scanSoon();
    } else if (this.#isRestored(ramBase + offset)) {
      vcpu.resume();
    } else {
      this.#lostLate(vcpu, ramBase + offset, size, 'signal', time);
    }
    return undefined;
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
    if (this.#isRestored(gpa)) {
      vcpu.resume();
      return;
    }
    this.#lostLate(vcpu, gpa - (gpa % 4096), 4096, 'exit', this.#options.events.now());
  }

  /**
   * Makes a vCPU that stands still take a SEA where it stands, and lets it run. One of a lost page is told as if the guest
   * had touched the page there; any other has no record.
   * @throws RasvmError CONTROL while the record of another SEA is not acknowledged: the vCPU still stands
   */
  injectSea(vcpu: Vcpu, asked: AskedSea): SeaEntry & { id: number } {
    const view = viewVcpu(vcpu);
    const page = this.#lostPageOf(asked, view);
    const enter = () => ({ view, sea: injectAskedSea(vcpu, view, asked, this.#readDescriptor, page) });
    if (page === undefined) {
      const id = this.#options.ledger.nextId();
      const entry = enter();
      vcpu.resume();
      this.#notified(id, vcpu, entry);
      return { id, ...entry };
    }
    if (this.#sea?.busy) {
      throw new RasvmError(
        'CONTROL',
        'the guest has not acknowledged the record of the SEA before: try again',
      );
    }
    this.#attributed(page, 'late', 'injection', vcpu);
    let entry: SeaEntry | undefined;
    // No other SEA's record is in its way: it is entered before this is back.
    this.#tellLate(vcpu, page, false, () => {
      entry = enter();
      return entry;
    });
    return { id: page.id, ...entry! };
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
    this.lostEarly(gpa, this.#options.memory.pageSize, 'access');
  }

  /**
   * A page is about to be lost on purpose. With `late` the guest is to find out by touching it: an early signal of
   * the host's about it is not passed on.
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
    this.#offer(id, (source) => this.#record(id, gpa, size, severity, source));
  }

  /** Reports what was made elsewhere, as it is. */
  give(id: number, { bytes, severity }: GivenRecord): void {
    this.#offer(id, (source) => {
      this.#options.events.emit('recorded', { id, source: source.id, block: source.block, severity });
      return bytes;
    });
  }

  /** The guest wrote its acknowledgement to a source's read_ack register. */
  acknowledge(source: number, time: bigint): void {
    const at = this.#options.events.fromMonotonic(time);
    (source === SOURCE.SEA ? this.#sea : this.#ged)?.acknowledge(at);
  }

  /** The guest is reset: its memory is made whole, and what it was to be told is dropped. */
  reset(): void {
    this.close();
    this.#sea?.reset();
    this.#ged?.reset();
    this.#early?.reset();
    restoreMemory(this.#options);
  }

  /** The VM ends: nothing is done by itself any more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#scan);
    this.#scan = undefined;
    this.#early?.close();
    this.#sea?.close();
    this.#ged?.close();
  }

  #readDescriptor = (gpa: number): bigint | undefined => {
    const { memory, size, ramBase } = this.#options;
    const offset = gpa - ramBase;
    if (offset < 0 || offset + 8 > size) return undefined;
    try {
      return memory.readU64(offset);
    } catch (error) {
      // The vCPU's own error comes first.
      if ((error as NativeError).code === 'EHWPOISON') setImmediate(() => this.lostByAccess(gpa)).unref();
      return undefined;
    }
  };

  /** A vCPU that was let run comes back with what it was held for: nothing new is to be told of it. */
  #isBack(vcpu: Vcpu, hva: number, time: number): boolean {
    const letRun = this.#letRun.get(vcpu.index);
    if (letRun === undefined) return false;
    this.#letRun.delete(vcpu.index);
    const { hva: base, ramBase } = this.#options;
    const { page, at } = letRun;
    const offset = hva - base + ramBase - page.gpa;
    if (offset < 0 || offset >= page.size || time - at > RETRY_WINDOW * 1e6) return false;
    this.#tellLate(vcpu, page, true);
    return true;
  }

  /** @param at when it was touched, ns since the machine began */
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
    this.#tellLate(vcpu, page, false);
  }

  /** @param make the exception entry */
  #tellLate(vcpu: Vcpu, page: LostPage, again: boolean, make = () => this.#enter(vcpu, page)): void {
    const { events } = this.#options;
    let entered: SeaEntry | undefined;
    const enter = () => {
      entered = make();
      return entered;
    };
    const resume = (told?: { source: number }) => {
      const entry = entered ?? enter();
      vcpu.resume();
      page.toldLate++;
      page.toldLateAt = events.now();
      this.#notified(page.id, vcpu, entry, told);
      if (page.size > 4096) this.#early?.tellRest(page);
    };

    const source = this.#sea;
    if (source === undefined) {
      this.#unrecorded(page.id);
      resume();
      return;
    }
    const seaIgnored = () => this.#seaIgnored;
    const isOfUser = () => entered?.view.exceptionLevel === 0;
    source.offer({
      id: page.id,
      vcpu: vcpu.index,
      again,
      get patience() {
        return isOfUser() && !seaIgnored() ? SEA_PATIENCE.user : SEA_PATIENCE.kernel;
      },
      record: () => {
        // Of a lost huge page Linux takes the one page that the address names: the one that was touched.
        const touched = enter().sea.abort.gpa ?? page.gpa;
        if (page.size > 4096) toldPagesOf(page).add(touched);
        return this.#record(page.id, touched - (touched % 4096), page.size, 'recoverable', source);
      },
      notify: () => resume({ source: source.id }),
      acknowledged: () => {
        this.#acknowledged++;
        this.#seaIgnored = false;
        noteAcknowledgement(page, events.now());
      },
      unwritable: (cause) => {
        this.#blockLost(page.id, cause);
        resume();
      },
      unacknowledged: (consumed) => {
        if (isOfUser()) this.#seaIgnored = !consumed;
        // A SEA taken in kernel mode is not looked up by Linux: the page is then told by the other source.
        if (!consumed && !page.toldEarly) this.#reportEarly(page);
      },
      retry: () => {
        // The thread that was told before may have lost its CPU before it looked: held, the guest could not give it one.
        this.#letRun.set(vcpu.index, { page, at: events.now() });
        events.emit('retried', { id: page.id, source: source.id, vcpu: vcpu.index });
        vcpu.resume();
      },
    });
  }

  /** By the access on which the vCPU stands. */
  #enter(vcpu: Vcpu, page: LostPage): SeaEntry {
    const { kvmInjects } = this.#options;
    const view = viewVcpu(vcpu);
    return { view, sea: injectSea(vcpu, view, page, this.#readDescriptor, { kvmInjects }) };
  }

  #notified(id: number, vcpu: Vcpu, { view, sea }: SeaEntry, told?: { source: number }): void {
    this.#options.events.emit('notified', {
      id,
      ...told,
      notification: 'SEA',
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

  #offer(id: number, record: (source: ErrorSource) => Uint8Array): void {
    if (this.#early === undefined) this.#unrecorded(id);
    else this.#early.offer({ id, record: () => record(this.#ged!) });
  }

  /** What was lost is memory of the error records, and has other memory now: the guest need not know. */
  #isRestored(gpa: number): boolean {
    return this.#recordMemory?.holds(gpa) === true && this.#restoreRecords(gpa);
  }

  /** The page of the error records that holds `gpa` is lost: gives them other memory. False: there is none. */
  #restoreRecords(gpa: number): boolean {
    const { events, ledger } = this.#options;
    const renewed = this.#recordMemory?.renew(gpa);
    if (renewed === undefined) return false;
    const lost = ledger.find(gpa);
    if (lost !== undefined) ledger.renew(lost);
    let rewritten = false;
    for (const source of [this.#sea, this.#ged]) {
      if (source !== undefined && source.block >= renewed.gpa && source.block < renewed.gpa + renewed.size)
        rewritten = source.rewrite() || rewritten;
    }
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

  #record(id: number, gpa: number, size: number, severity: RecordSeverity, source: ErrorSource): Uint8Array {
    const { events } = this.#options;
    const sequence = this.#sequence();
    const { bytes, ...described } = memoryErrorRecord({ id, sequence, gpa, size, severity });
    const { block } = source;
    events.emit('recorded', { id, source: source.id, block, physicalAddress: gpa, severity, ...described });
    return bytes;
  }

  #attributed(page: LostPage, timing: Timing, origin: Origin, vcpu?: Vcpu): void {
    const { hva: base, ramBase, events } = this.#options;
    const { id, gpa, size } = page;
    const on = vcpu === undefined ? {} : { vcpu: vcpu.index };
    const hva = base + gpa - ramBase;
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
    if (this.#closed) return;
    this.#scan ??= setTimeout(() => {
      this.#scan = undefined;
      const { events } = this.#options;
      const began = events.now();
      this.scan();
      this.#scanPause = Math.max(SCAN.delay, (SCAN.pause * (events.now() - began)) / 1e6);
    }, this.#scanPause).unref();
  }

  /** Looks for pages that the host has lost and no signal has named. */
  scan(): void {
    const { memory, ramBase, ledger, events } = this.#options;
    for (const offset of memory.findPoison(0, memory.size)) {
      const gpa = ramBase + offset;
      // One that was lost on purpose may wait for the host's signal, in vain.
      const known = ledger.find(gpa);
      if (known !== undefined && isSettled(known)) continue;
      events.emit('found', { hva: memory.hva + offset, size: memory.pageSize });
      this.lostEarly(gpa, memory.pageSize, 'scan');
    }
  }
}

/** The guest has been told of the page, or is not to be before it touches it. */
function isSettled({ toldEarly, toldLate, lateOnly, leftOut }: LostPage): boolean {
  return toldEarly || toldLate > 0 || lateOnly || leftOut;
}
