/**
 * What the asynchronous source tells: pages that the guest has not touched, several in a record when they come faster than
 * the guest takes them, and other records. The queue is bounded. What it has no room for stands in the ledger, from where it
 * is filled again; until then each record has the overflow flag.
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
import { encodeMemoryErrorRecords, fruTextOf, maskOf } from '../records/record.ts';
import { GuestPace, PAGES_PER_RECORD } from './guest-pace.ts';
import type { ErrorSource } from './source.ts';

const PAGE = 4096;

/** Reports that wait in order; more stand in the ledger. */
export const QUEUE_LIMIT = 256;

/**
 * The largest loss of which every page is told: 32 MiB, the largest block of contiguous huge pages of 2 MiB on arm64. Of a
 * larger one (a huge page of 1 GiB has 262144 pages) the guest is told the page that failed, and each that it touches.
 */
export const TOLD_WHOLE = 32 * 1024 * 1024;

/** A report that names no lost page. */
export interface OtherReport {
  id: number;
  /** The Generic Error Status Block; called when it is about to be published. */
  record(): Uint8Array;
}

/** What is left to tell of a loss: pages from `next` to `end` (GPA). */
interface Telling {
  page: LostPage;
  next: number;
  end: number;
}

interface Section {
  page: LostPage;
  gpa: number;
  size: number;
}

export interface EarlyReportsOptions {
  source: ErrorSource;
  /** GPA of the source's block. */
  block: number;
  ledger: PoisonLedger;
  events: EventLog;
  /** Bytes of a page of the guest's kernel: 4, 16 or 64 KiB. */
  guestPageSize: number;
  /** Different for each section. */
  sequence(): number;
  /** Interrupts the guest. */
  pulse(): void;
  acknowledged(): void;
  unrecorded(id: number, cause: unknown): void;
}

export class EarlyReports {
  readonly #options: EarlyReportsOptions;
  readonly #queue: (Telling | OtherReport)[] = [];
  readonly #pace = new GuestPace();
  /** Losses that the queue had no room for, and where in the ledger the next of them is looked for. */
  #deferred = 0;
  #refill: Iterator<LostPage> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: EarlyReportsOptions) {
    this.#options = options;
  }

  /** Errors that wait to be told. */
  get depth(): number {
    return this.#queue.length + this.#deferred;
  }

  /**
   * Tells a loss: all of it, or of a very large one the page that failed.
   * @param failed GPA of that page
   */
  tell(page: LostPage, failed = page.gpa): void {
    page.toldEarly = true;
    const { events, source } = this.#options;
    const waits = this.#deferred > 0 || this.#queue.length >= QUEUE_LIMIT;
    if (waits && page.size <= TOLD_WHOLE) {
      page.deferred = true;
      this.#deferred++;
      events.emit('deferred', { id: page.id, source: source.id, waits: this.#deferred });
      return;
    }
    this.#push(page.size <= TOLD_WHOLE ? whole(page) : { page, ...one(page, failed) });
  }

  /** Of a loss of which the guest was told a page as it touched it: tells the others. */
  tellRest(page: LostPage): void {
    const several = page.size > Math.max(PAGE, this.#options.guestPageSize);
    if (several && page.size <= TOLD_WHOLE && !page.toldEarly) this.tell(page);
  }

  /** @throws RasvmError CONTROL when the guest has left too many unacknowledged */
  offer(report: OtherReport): void {
    if (this.#queue.length >= QUEUE_LIMIT)
      throw new RasvmError(
        'CONTROL',
        `the guest has ${this.#queue.length} reports to acknowledge: give no more before it does`,
      );
    this.#push(report);
  }

  /** Nothing is told by itself any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Drops what waits. */
  reset(): void {
    this.close();
    const { ledger, events, source } = this.#options;
    const deferred = [...ledger].filter((page) => page.deferred).map(({ id }) => id);
    for (const id of [...this.#queue.map(idOf), ...deferred])
      events.emit('dropped', { id, source: source.id });
    this.#queue.length = 0;
    this.#deferred = 0;
    this.#refill = undefined;
  }

  /** ms. */
  #now(): number {
    return this.#options.events.now() / 1e6;
  }

  #push(item: Telling | OtherReport): void {
    const { events, source } = this.#options;
    this.#queue.push(item);
    this.#pump();
    const begun = 'next' in item && item.next > item.page.gpa;
    if (begun || !this.#queue.includes(item)) return;
    source.hurry();
    events.emit('queued', { id: idOf(item), source: source.id, depth: this.#queue.length });
  }

  /** Publishes what is next, if the block is free and the guest has room for it. */
  #pump(): void {
    const { source } = this.#options;
    while (!source.busy && this.#queue.length > 0 && this.#timer === undefined) {
      const wanted = Math.min(PAGES_PER_RECORD, this.#pending());
      const wait = this.#pace.wait(wanted, this.#now());
      if (wait > 0) {
        this.#timer = setTimeout(() => {
          this.#timer = undefined;
          this.#pump();
        }, wait).unref();
        return;
      }
      const [head] = this.#queue;
      if ('record' in head!) {
        this.#queue.shift();
        this.#publish([head.id], 1, () => head.record());
      } else {
        const sections = this.#take(this.#pace.room(this.#now()));
        const pages = new Set(sections.map(({ page }) => page));
        if (pages.size > 0)
          this.#publish([...pages].map(idOfPage), sections.length, () => this.#record(sections), pages);
      }
      this.#fill();
    }
  }

  /** Pages that are next to be told, as far as it matters. */
  #pending(): number {
    let pages = 0;
    for (const item of this.#queue) {
      if ('record' in item) return Math.max(1, pages);
      pages += Math.ceil((item.end - item.next) / this.#step(item.page));
      if (pages >= PAGES_PER_RECORD) break;
    }
    return pages;
  }

  /** Linux acts on the one page of its own that a section's address is in. */
  #step({ gpa, size }: LostPage): number {
    const { guestPageSize } = this.#options;
    return gpa % guestPageSize === 0 && size % guestPageSize === 0 ? guestPageSize : PAGE;
  }

  /** At most so many pages from the head of the queue, in order. */
  #take(room: number): Section[] {
    const sections: Section[] = [];
    while (sections.length < room) {
      const item = this.#queue[0];
      if (item === undefined || 'record' in item) break;
      const section = this.#nextOf(item);
      if (section === undefined) this.#queue.shift();
      else sections.push(section);
    }
    // What is told to its end must not wait for the next record.
    const head = this.#queue[0];
    if (head !== undefined && !('record' in head) && head.next >= head.end) this.#queue.shift();
    return sections;
  }

  /** The next page of a loss that the guest does not know of. */
  #nextOf(item: Telling): Section | undefined {
    const { page } = item;
    // Backed anew meanwhile, or a part of a larger loss that is told itself.
    if (this.#options.ledger.find(page.gpa) !== page) return undefined;
    const size = this.#step(page);
    while (item.next < item.end) {
      const gpa = item.next;
      item.next += size;
      if (page.toldPages?.has(gpa)) continue;
      if (page.size > size) toldPagesOf(page).add(gpa);
      return { page, gpa, size };
    }
    return undefined;
  }

  #record(sections: readonly Section[]): Uint8Array {
    const { events, source, block, sequence } = this.#options;
    const overflow = this.#deferred > 0;
    const timestamp = new Date();
    const contents = sections.map(({ page, gpa, size }) => ({
      physicalAddress: gpa,
      physicalAddressMask: maskOf(page.size > TOLD_WHOLE && isAligned(page) ? page.size : size),
      fruText: fruTextOf(page.id, sequence()),
      timestamp,
    }));
    for (let i = 0; i < sections.length; ) {
      const { id } = sections[i]!.page;
      const first = contents[i]!;
      const start = i;
      while (sections[i]?.page.id === id) i++;
      const { physicalAddress, physicalAddressMask, fruText } = first;
      events.emit('recorded', {
        ...{ id, source: source.id, block, physicalAddress, physicalAddressMask },
        ...{ severity: 'recoverable', fruText },
        ...(i - start > 1 && { pages: i - start }),
        ...(overflow && { overflow }),
      });
    }
    return encodeMemoryErrorRecords('recoverable', contents, overflow);
  }

  #publish(ids: readonly number[], pages: number, record: () => Uint8Array, told?: Iterable<LostPage>): void {
    const { events, source, pulse, acknowledged, unrecorded } = this.#options;
    let at = 0;
    source.offer({
      id: ids[0]!,
      also: ids.slice(1),
      urgent: this.depth > 0,
      record,
      notify: () => {
        at = this.#now();
        this.#pace.told(pages);
        pulse();
        if (told !== undefined) for (const page of told) page.toldEarlyAt = events.now();
        for (const id of ids) events.emit('notified', { id, source: source.id, notification: 'GSIV' });
      },
      acknowledged: () => {
        const now = this.#now();
        this.#pace.acknowledged(now - at, now);
        for (const _ of ids) acknowledged();
        if (told !== undefined) for (const page of told) noteAcknowledgement(page, events.now());
        this.#pump();
      },
      unwritable: (cause) => {
        for (const id of ids) unrecorded(id, cause);
      },
    });
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

function whole(page: LostPage): Telling {
  return { page, next: page.gpa, end: page.gpa + page.size };
}

/** The page that failed, of a loss that is not told whole. */
function one(page: LostPage, failed: number): Pick<Telling, 'next' | 'end'> {
  const next = failed - (failed % PAGE);
  return next >= page.gpa && next < page.gpa + page.size
    ? { next, end: next + PAGE }
    : { next: page.gpa, end: page.gpa + PAGE };
}

function idOf(item: Telling | OtherReport): number {
  return 'record' in item ? item.id : item.page.id;
}

function idOfPage({ id }: LostPage): number {
  return id;
}
