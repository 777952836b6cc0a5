/**
 * What a synchronous source reports: accesses of vCPUs to lost pages. Each vCPU stands still until its record can be
 * published, which is when the guest has acknowledged the one before: Linux handles whatever record it finds in the context
 * of the task that took the exception (drivers/acpi/apei/ghes.c, ghes_notify_sea).
 */

import type { EventLog } from '../../events/event-log.ts';
import type { Vcpu } from '../../native/binding.ts';
import { type LostPage, noteAcknowledgement, OFFLINE_TIME, type PoisonLedger } from '../errors/ledger.ts';
import type { ExceptionEntry, SynchronousNotification } from '../notify/notification.ts';
import type { AccessReport } from './report.ts';
import type { ErrorSource, Outcome, SourceDelegate } from './source.ts';

/** ms in which a vCPU that was let run comes back with the same access, if it does not do something else. */
export const RETRY_WINDOW = 1000;

/**
 * ms until a vCPU that accesses a page again, which its guest is just taking out of use, is let run: at first and at most; it
 * doubles. A real-time kernel acknowledges in the abort, and does the rest in a thread (kernel/irq_work.c): its process goes
 * on meanwhile, at the same instruction.
 */
const PAUSE = { first: 5, most: 80 } as const;

export interface SynchronousOptions {
  ledger: PoisonLedger;
  events: EventLog;
  notification: SynchronousNotification;
  /** The record of a page that was accessed at `gpa`. */
  encode(
    page: LostPage | undefined,
    report: AccessReport,
    gpa: number,
    source: ErrorSource<AccessReport>,
  ): Uint8Array;
  /** The guest was interrupted. */
  notified(page: LostPage | undefined, vcpu: Vcpu, entry: ExceptionEntry, source?: number): void;
  acknowledged(): void;
  /** The record could not be written. */
  unrecorded(id: number, cause: unknown): void;
  /** The guest did not look at the record: the page at `gpa` is to be reported in another way. */
  ignored(page: LostPage, gpa: number): void;
}

/** A vCPU that was let run while its report waits. */
interface Released {
  readonly report: AccessReport;
  /** ns since the machine began. */
  readonly at: number;
}

/** A page that the guest has just acknowledged, and how often it was accessed since. */
interface Acknowledged {
  /** ns since the machine began. */
  readonly at: number;
  again: number;
}

/** What it keeps, as plain data; vCPUs that stand still are not part of it: they access the page again. */
export interface SynchronousState {
  readonly ignored: boolean;
  readonly current?: Current | undefined;
}

/** Of the report that is published. */
export interface Current {
  /** The address that the record names. */
  readonly gpa: number;
  /** The exception level that it was taken from. */
  readonly level: 0 | 1;
  /** The guest had been told of the page before, by another source. */
  readonly known: boolean;
}

export class SynchronousReports implements SourceDelegate<AccessReport> {
  readonly #options: SynchronousOptions;
  #source!: ErrorSource<AccessReport>;
  /** By index: vCPUs that stand still for a report. */
  readonly #held = new Map<number, Vcpu>();
  readonly #released = new Map<number, Released>();
  /** By the accessed page of 4 KiB, oldest first: what the guest has acknowledged within {@link OFFLINE_TIME}. */
  readonly #acknowledged = new Map<number, Acknowledged>();
  /** By index: vCPUs that are let run a moment later. */
  readonly #pauses = new Map<number, NodeJS.Timeout>();
  /** Of the report that is about to be published. */
  #entry: ExceptionEntry | undefined;
  #current: Current | undefined;
  /** The last record of a process was not looked at in all its time: this guest may never look. */
  #ignored = false;

  constructor(options: SynchronousOptions) {
    this.#options = options;
  }

  /** The source whose delegate this is; to be called once, before all else. */
  attach(source: ErrorSource<AccessReport>): void {
    this.#source = source;
  }

  /**
   * A vCPU that stands on an access to a lost page gets its exception when it is its turn, and runs on.
   * @param gpa a byte of the page that it accessed, as far as is known
   * @param entry the exception was entered already; the source is not busy
   */
  report(vcpu: Vcpu, page: LostPage, gpa: number, entry?: ExceptionEntry): void {
    this.#entry = entry ?? this.#entry;
    this.#offer(vcpu, { kind: 'access', id: page.id, vcpu: vcpu.index, gpa, again: false });
  }

  /**
   * Takes back a vCPU that was let run, if this access is what it was held for: nothing of it is new. Its thread may have
   * gone to another vCPU meanwhile.
   * @param at when the page was accessed, ns since the machine began
   */
  isBack(vcpu: Vcpu, gpa: number, at: number): boolean {
    if (this.#released.size === 0) return false;
    const index = this.#releasedFor(vcpu.index, gpa, at);
    if (index === undefined) return false;
    const { report } = this.#released.get(index)!;
    this.#released.delete(index);
    this.#offer(vcpu, { ...report, vcpu: vcpu.index, gpa, again: true });
    return true;
  }

  #releasedFor(vcpu: number, gpa: number, at: number): number | undefined {
    for (const [index, { at: released }] of this.#released)
      if (at - released > RETRY_WINDOW * 1e6) this.#released.delete(index);
    const isOf = (index: number) => this.#isSame(this.#released.get(index)?.report, gpa);
    if (isOf(vcpu)) return vcpu;
    return [...this.#released.keys()].find(isOf);
  }

  #isSame(report: AccessReport | undefined, gpa: number): boolean {
    if (report === undefined) return false;
    const page = this.#pageOf(report);
    return page !== undefined && gpa >= page.gpa && gpa < page.gpa + page.size;
  }

  /**
   * Lets a vCPU run a moment later, if it accesses a page again that the guest has just acknowledged: it is taking the page
   * out of use, and is told of it once.
   * @param at when the page was accessed, ns since the machine began
   */
  isInHand(vcpu: Vcpu, gpa: number, at: number): boolean {
    const acknowledged = this.#acknowledged.get(pageOf(gpa));
    if (acknowledged === undefined || at - acknowledged.at >= OFFLINE_TIME) return false;
    const { events, ledger } = this.#options;
    const page = ledger.find(gpa);
    if (page === undefined) return false;
    this.#released.delete(vcpu.index);
    if (acknowledged.again === 0) events.emit('known', { id: page.id, gpa: page.gpa, timing: 'late' });
    const pause = Math.min(PAUSE.most, PAUSE.first * 2 ** acknowledged.again++);
    const timer = setTimeout(() => {
      this.#pauses.delete(vcpu.index);
      vcpu.resume();
    }, pause);
    this.#pauses.set(vcpu.index, timer.unref());
    return true;
  }

  /** The vCPU of this index stands still for a report. */
  holds(index: number): boolean {
    return this.#held.has(index) || this.#pauses.has(index);
  }

  #noteAcknowledged(gpa: number): void {
    const at = this.#options.events.now();
    this.#acknowledged.delete(pageOf(gpa));
    this.#acknowledged.set(pageOf(gpa), { at, again: 0 });
    for (const [page, { at: then }] of this.#acknowledged) {
      if (at - then < OFFLINE_TIME) break;
      this.#acknowledged.delete(page);
    }
  }

  #offer(vcpu: Vcpu, report: AccessReport): void {
    this.#held.set(vcpu.index, vcpu);
    this.#source.offer(report);
  }

  /** No vCPU is let run by itself any more. */
  close(): void {
    for (const timer of this.#pauses.values()) clearTimeout(timer);
    this.#pauses.clear();
  }

  /** What was reported is of no use any more. */
  reset(): void {
    this.close();
    this.#acknowledged.clear();
    this.#held.clear();
    this.#released.clear();
    this.#entry = undefined;
    this.#current = undefined;
  }

  save(): SynchronousState {
    return { ignored: this.#ignored, ...(this.#current && { current: this.#current }) };
  }

  load({ ignored, current }: SynchronousState): void {
    this.#ignored = ignored;
    this.#current = current;
  }

  // What the source asks of its delegate.

  encode(report: AccessReport): Uint8Array {
    const page = this.#pageOf(report);
    this.#entry ??= this.#enter(report, page);
    const { sea, view } = this.#entry;
    // Of a lost huge page Linux takes the one page that the address names: the one that was accessed.
    const gpa = pageOf(sea.abort.gpa ?? report.gpa);
    const known = page !== undefined && (page.toldPages?.has(gpa) ?? page.toldEarly);
    this.#current = { gpa, level: view.exceptionLevel, known };
    return this.#options.encode(page, report, gpa, this.#source);
  }

  notify(report: AccessReport): void {
    this.#resume(report, this.#source.id);
  }

  patience(): number {
    return this.#options.notification.patience(this.#current?.level ?? 1, this.#ignored);
  }

  settled(report: AccessReport, outcome: Outcome): void {
    const { acknowledged, events, ignored, unrecorded } = this.#options;
    const page = this.#pageOf(report);
    const { gpa, level, known } = this.#current ?? { gpa: report.gpa, level: 1, known: false };
    switch (outcome.how) {
      case 'acknowledged':
        acknowledged();
        this.#ignored = false;
        this.#noteAcknowledged(gpa);
        if (page !== undefined) noteAcknowledgement(page, events.now());
        break;
      case 'unwritable':
        unrecorded(report.id, outcome.cause);
        this.#resume(report);
        break;
      case 'withdrawn':
        if (level === 0) this.#ignored = !outcome.consumed;
        // One taken in kernel mode is not looked up by Linux.
        if (!outcome.consumed && page !== undefined && !known) ignored(page, gpa);
    }
    this.#entry = undefined;
    this.#current = undefined;
  }

  released(report: AccessReport): void {
    const { events } = this.#options;
    // The thread that was told before may have lost its CPU before it looked: held, the guest could not give it one.
    this.#released.set(report.vcpu, { report, at: events.now() });
    events.emit('retried', { id: report.id, source: this.#source.id, vcpu: report.vcpu });
    this.#release(report.vcpu).resume();
  }

  #resume(report: AccessReport, source?: number): void {
    const vcpu = this.#release(report.vcpu);
    vcpu.resume();
    // None was entered where the vCPU itself failed.
    if (this.#entry !== undefined) this.#options.notified(this.#pageOf(report), vcpu, this.#entry, source);
    this.#entry = undefined;
  }

  #release(index: number): Vcpu {
    const vcpu = this.#held.get(index)!;
    this.#held.delete(index);
    return vcpu;
  }

  #enter(report: AccessReport, page: LostPage | undefined): ExceptionEntry {
    const vcpu = this.#held.get(report.vcpu)!;
    return this.#options.notification.enter(vcpu, page ?? { gpa: report.gpa, size: 1 });
  }

  /** Its loss, or the larger one that it is a part of now. */
  #pageOf({ id, gpa }: AccessReport): LostPage | undefined {
    return this.#options.ledger.byId(id) ?? this.#options.ledger.find(gpa);
  }
}

/** GPA of the page of 4 KiB, the guest's smallest. */
function pageOf(gpa: number): number {
  return gpa - (gpa % 4096);
}
