/**
 * What an asynchronous source reports: lost pages that the guest has not accessed, several in a record when they come faster
 * than the guest takes them, and other records. The queue is bounded. What it has no room for stands in the ledger, from
 * where it is filled again; until then each record has the overflow flag.
 */

import { RasvmError } from '../../core/errors.ts';
import type { EventLog } from '../../events/event-log.ts';
import {
  isAligned,
  type LostPage,
  noteAcknowledgement,
  type PoisonLedger,
  toldPagesOf,
} from '../errors/ledger.ts';
import type { AsynchronousNotification } from '../notify/notification.ts';
import { encodeMemoryErrorRecords, fruTextOf, maskOf } from '../records/record.ts';
import { GuestPace, PAGES_PER_RECORD } from './guest-pace.ts';
import type { AsynchronousReport, ErrorReport, GivenReport, PageSection, PagesReport } from './report.ts';
import { errorsOf } from './report.ts';
import type { ErrorSource, Outcome, SourceDelegate } from './source.ts';

/** The smallest page of the guest's kernel. */
export const PAGE = 4096;

/** Reports that wait in order; more stand in the ledger. */
export const QUEUE_LIMIT = 256;

/**
 * The largest loss of which every page is reported: 32 MiB, the largest block of contiguous huge pages of 2 MiB on arm64. Of
 * a larger one (a huge page of 1 GiB has 262144 pages) the guest is told the page that failed, and each that it accesses.
 */
export const TOLD_WHOLE = 32 * 1024 * 1024;

/** What is left to report of a loss: pages from `next` to `end` (GPA). */
export interface LossReport {
  readonly kind: 'loss';
  readonly id: number;
  next: number;
  readonly end: number;
}

type Waiting = LossReport | ErrorReport | GivenReport;

export interface AsynchronousOptions {
  ledger: PoisonLedger;
  events: EventLog;
  notification: AsynchronousNotification;
  /** Bytes of a page of the guest's kernel: 4, 16 or 64 KiB. */
  guestPageSize: number;
  /** The record of an error that loses no page. */
  encode(report: ErrorReport | GivenReport, source: ErrorSource): Uint8Array;
  /** Different for each section. */
  sequence(): number;
  acknowledged(): void;
  unrecorded(id: number, cause: unknown): void;
}

/** What waits, as plain data; what stands in the ledger is the ledger's. */
export interface AsynchronousState {
  readonly waiting: readonly Waiting[];
}

export class AsynchronousReports implements SourceDelegate<AsynchronousReport> {
  readonly #options: AsynchronousOptions;
  readonly #queue: Waiting[] = [];
  readonly #pace = new GuestPace();
  #source!: ErrorSource<AsynchronousReport>;
  /** Losses that the queue had no room for, and where in the ledger the next of them is looked for. */
  #deferred = 0;
  #refill: Iterator<LostPage> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  /** When the guest was last notified, in ms. */
  #notifiedAt = 0;

  constructor(options: AsynchronousOptions) {
    this.#options = options;
  }

  /** The source whose delegate this is; to be called once, before all else. */
  attach(source: ErrorSource<AsynchronousReport>): void {
    this.#source = source;
  }

  /** Errors that wait to be reported. */
  get depth(): number {
    return this.#queue.length + this.#deferred;
  }

  get waiting(): number {
    return this.depth;
  }

  get urgent(): boolean {
    return this.depth > 0;
  }

  /**
   * Reports a loss: all of it, or of a very large one the page that failed.
   * @param failed GPA of that page
   */
  tell(page: LostPage, failed = page.gpa): void {
    if (this.#closed) return;
    page.toldEarly = true;
    const { events } = this.#options;
    const waits = this.#deferred > 0 || this.#queue.length >= QUEUE_LIMIT;
    if (waits && page.size <= TOLD_WHOLE) {
      page.deferred = true;
      this.#deferred++;
      events.emit('deferred', { id: page.id, source: this.#source.id, waits: this.#deferred });
      return;
    }
    this.#push(page.size <= TOLD_WHOLE ? whole(page) : { kind: 'loss', id: page.id, ...one(page, failed) });
  }

  /** Of a loss of which the guest was told a page as it accessed it: reports the others. */
  tellRest(page: LostPage): void {
    const several = page.size > Math.max(PAGE, this.#options.guestPageSize);
    if (several && page.size <= TOLD_WHOLE && !page.toldEarly) this.tell(page);
  }

  /** Reports a page of a loss as if it had not been reported: the guest did not look at the record. */
  tellAgain(page: LostPage, gpa: number): void {
    if (this.#closed) return;
    if (!page.toldEarly && page.size <= TOLD_WHOLE) {
      page.toldPages?.delete(gpa);
      this.tell(page);
      return;
    }
    const size = this.#step(page);
    const next = gpa - (gpa % size);
    for (let at = next; at < next + size; at += PAGE) page.toldPages?.delete(at);
    this.#push({ kind: 'loss', id: page.id, next, end: next + size });
  }

  /** @throws RasvmError CONTROL when the guest has left too many unacknowledged */
  offer(report: ErrorReport | GivenReport): void {
    if (this.#queue.length >= QUEUE_LIMIT)
      throw new RasvmError(
        'CONTROL',
        `the guest has ${this.#queue.length} reports to acknowledge: give no more before it does`,
      );
    this.#push(report);
  }

  /** Nothing is reported by itself any more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Drops what waits. */
  reset(): void {
    this.close();
    const { ledger, events } = this.#options;
    const deferred = [...ledger].filter((page) => page.deferred).map(({ id }) => id);
    for (const id of [...this.#queue.map((item) => item.id), ...deferred])
      events.emit('dropped', { id, source: this.#source.id });
    this.#queue.length = 0;
    this.#deferred = 0;
    this.#refill = undefined;
  }

  save(): AsynchronousState {
    return { waiting: this.#queue.map((item) => ({ ...item })) };
  }

  /**
   * Takes the state of another one; ledger and source have theirs already.
   * @param published pages that the guest may still be at
   */
  load({ waiting }: AsynchronousState, published: number): void {
    this.#pace.told(published);
    this.#queue.push(...waiting.map((item) => ({ ...item })));
    this.#deferred = [...this.#options.ledger].filter(({ deferred }) => deferred).length;
    this.#pump();
  }

  // What the source asks of its delegate.

  encode(report: AsynchronousReport): Uint8Array {
    return report.kind === 'pages' ? this.#encodePages(report) : this.#options.encode(report, this.#source);
  }

  notify(report: AsynchronousReport): void {
    const { events, ledger, notification } = this.#options;
    this.#notifiedAt = this.#now();
    this.#pace.told(report.kind === 'pages' ? report.sections.length : 1);
    notification.announce();
    for (const id of errorsOf(report)) {
      const page = report.kind === 'pages' ? ledger.byId(id) : undefined;
      if (page !== undefined) page.toldEarlyAt = events.now();
      events.emit('notified', { id, source: this.#source.id, notification: notification.name });
    }
  }

  renotify(report: AsynchronousReport, times: number): void {
    const { events, notification } = this.#options;
    notification.announce();
    events.emit('renotified', {
      id: report.id,
      source: this.#source.id,
      notification: notification.name,
      times,
    });
  }

  settled(report: AsynchronousReport, outcome: Outcome): void {
    const { events, ledger, acknowledged, unrecorded } = this.#options;
    if (outcome.how === 'unwritable') {
      for (const id of errorsOf(report)) unrecorded(id, outcome.cause);
      return;
    }
    const now = this.#now();
    this.#pace.acknowledged(now - this.#notifiedAt, now);
    for (const id of errorsOf(report)) {
      acknowledged();
      const page = report.kind === 'pages' ? ledger.byId(id) : undefined;
      if (page !== undefined) noteAcknowledgement(page, events.now());
    }
    this.#pump();
  }

  /** ms. */
  #now(): number {
    return this.#options.events.now() / 1e6;
  }

  #push(item: Waiting): void {
    const { events, ledger } = this.#options;
    this.#queue.push(item);
    this.#pump();
    const begun = item.kind === 'loss' && item.next > (ledger.byId(item.id)?.gpa ?? item.next);
    if (begun || !this.#queue.includes(item)) return;
    this.#source.hurry();
    events.emit('queued', { id: item.id, source: this.#source.id, depth: this.#queue.length });
  }

  /** Publishes what is next, if the block is free and the guest has room for it. */
  #pump(): void {
    const source = this.#source;
    while (!this.#closed && !source.busy && this.#queue.length > 0 && this.#timer === undefined) {
      const wanted = Math.min(PAGES_PER_RECORD, this.#pending());
      const wait = this.#pace.wait(wanted, this.#now());
      if (wait > 0) {
        this.#timer = setTimeout(() => {
          this.#timer = undefined;
          this.#pump();
        }, wait).unref();
        return;
      }
      const head = this.#queue[0]!;
      if (head.kind !== 'loss') {
        this.#queue.shift();
        source.offer(head);
      } else {
        const sections = this.#take(this.#pace.room(this.#now()));
        const [id, ...also] = new Set(sections.map((section) => section.id));
        if (id !== undefined) source.offer({ kind: 'pages', id, also, sections });
      }
      this.#fill();
    }
  }

  /** Pages that are next to be reported, as far as it matters. */
  #pending(): number {
    let pages = 0;
    for (const item of this.#queue) {
      if (item.kind !== 'loss') return Math.max(1, pages);
      const page = this.#options.ledger.byId(item.id);
      if (page !== undefined) pages += Math.ceil((item.end - item.next) / this.#step(page));
      if (pages >= PAGES_PER_RECORD) break;
    }
    return pages;
  }

  /** Linux acts on the one page of its own that a section's address is in. */
  #step(page: LostPage): number {
    return stepOf(page, this.#options.guestPageSize);
  }

  /** At most so many pages from the head of the queue, in order. */
  #take(room: number): PageSection[] {
    const sections: PageSection[] = [];
    while (sections.length < room) {
      const item = this.#queue[0];
      if (item === undefined || item.kind !== 'loss') break;
      const section = this.#nextOf(item);
      if (section === undefined) this.#queue.shift();
      else sections.push(section);
    }
    // What is reported to its end must not wait for the next record.
    const head = this.#queue[0];
    if (head?.kind === 'loss' && head.next >= head.end) this.#queue.shift();
    return sections;
  }

  /** The next page of a loss that the guest does not know of. */
  #nextOf(item: LossReport): PageSection | undefined {
    // Backed anew meanwhile, or a part of a larger loss that is reported itself.
    const page = this.#options.ledger.byId(item.id);
    if (page === undefined || page.gpa > item.next || page.gpa + page.size < item.end) return undefined;
    const size = this.#step(page);
    while (item.next < item.end) {
      const gpa = item.next;
      item.next += size;
      if (page.toldPages?.has(gpa)) continue;
      if (page.size > size) toldPagesOf(page).add(gpa);
      return { id: page.id, gpa, size };
    }
    return undefined;
  }

  #encodePages({ sections }: PagesReport): Uint8Array {
    const { events, ledger, sequence } = this.#options;
    const { id: source, block } = this.#source;
    const overflow = this.#deferred > 0;
    const timestamp = new Date();
    const contents = sections.map(({ id, gpa, size }) => {
      const page = ledger.byId(id);
      const all = page !== undefined && page.size > TOLD_WHOLE && isAligned(page);
      return {
        physicalAddress: gpa,
        physicalAddressMask: maskOf(all ? page.size : size),
        fruText: fruTextOf(id, sequence()),
        timestamp,
      };
    });
    for (let i = 0; i < sections.length; ) {
      const { id } = sections[i]!;
      const { physicalAddress, physicalAddressMask, fruText } = contents[i]!;
      const start = i;
      while (sections[i]?.id === id) i++;
      events.emit('recorded', {
        ...{ id, source, block, physicalAddress, physicalAddressMask },
        ...{ severity: 'recoverable', fruText },
        ...(i - start > 1 && { pages: i - start }),
        ...(overflow && { overflow }),
      });
    }
    return encodeMemoryErrorRecords('recoverable', contents, overflow);
  }

  /** Takes what was deferred into the queue again, in the order of loss. */
  #fill(): void {
    if (this.#deferred === 0 || this.#queue.length > QUEUE_LIMIT / 2) return;
    while (this.#queue.length < QUEUE_LIMIT && this.#deferred > 0) {
      // The ledger's own iterator: it comes to pages that are lost meanwhile too.
      this.#refill ??= this.#options.ledger[Symbol.iterator]();
      const { value, done } = this.#refill.next();
      if (done) {
        this.#refill = undefined;
        // Some of them may have been backed anew, or be a part of others; others come before where it was.
        this.#deferred = [...this.#options.ledger].filter(({ deferred }) => deferred).length;
      } else if (value.deferred) {
        value.deferred = false;
        this.#deferred--;
        this.#queue.push(whole(value));
      }
    }
  }
}

/** Bytes that Linux takes out of use for one section of a loss: a page of its own, or the smallest where the loss is no such page. */
export function stepOf({ gpa, size }: LostPage, guestPageSize: number): number {
  return gpa % guestPageSize === 0 && size % guestPageSize === 0 ? guestPageSize : PAGE;
}

function whole({ id, gpa, size }: LostPage): LossReport {
  return { kind: 'loss', id, next: gpa, end: gpa + size };
}

/** The page that failed, of a loss that is not reported whole. */
function one(page: LostPage, failed: number): Pick<LossReport, 'next' | 'end'> {
  const next = failed - (failed % PAGE);
  return next >= page.gpa && next < page.gpa + page.size
    ? { next, end: next + PAGE }
    : { next: page.gpa, end: page.gpa + PAGE };
}
