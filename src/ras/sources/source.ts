/**
 * One GHESv2 error source as firmware runs it: an error status block, its read_ack register and a queue. A record
 * is published only when the one before it was acknowledged (ACPI 6.5, 18.3.2.8).
 */

import { Deadline } from '../../core/deadline.ts';
import type { EventLog } from '../../events/event-log.ts';
import { Backoff } from './backoff.ts';
import { errorsOf, type Report } from './report.ts';

/** Guest memory as a source needs it, by GPA; throws with code EHWPOISON where the block itself is lost. */
export interface BlockMemory {
  write(gpa: number, bytes: Uint8Array): void;
  /** Stored at once, and after all that was written before (release). */
  writeU32(gpa: number, value: number): void;
  read(gpa: number, target: Uint8Array): void;
}

/** The read_ack register of the source. */
export interface ReadAck {
  /** From now on the guest's next acknowledgement counts. */
  clear(): void;
  /** Whether a report waits for the acknowledgement: else it may be told some ms later. */
  awaited(urgently: boolean): void;
}

/** How a report that was published ended. */
export type Outcome =
  | { readonly how: 'acknowledged' }
  /** The block itself is lost, and nothing could take its place; the guest was not notified. */
  | { readonly how: 'unwritable'; readonly cause: unknown }
  /** Not acknowledged in time; `consumed`: the guest had read the record. */
  | { readonly how: 'withdrawn'; readonly consumed: boolean };

/** What a source does not know of its reports. */
export interface SourceDelegate<R extends Report> {
  /** The Generic Error Status Block; called once, when it is about to be published, so that the time in it is right. */
  encode(report: R): Uint8Array;
  /** Interrupts the guest: the record stands in the block. */
  notify(report: R): void;
  /** The record still stands there, and nobody has read it: interrupts the guest again. Left out: cannot be done. */
  renotify?(report: R, times: number): void;
  /**
   * ms for the acknowledgement; after that the record is withdrawn. Left out or undefined: the source waits as long as the
   * guest takes, and says so once, after {@link OVERDUE}.
   */
  patience?(report: R): number | undefined;
  settled(report: R, outcome: Outcome): void;
  /**
   * The record before is not acknowledged yet, and this report is out of the queue again: it may be offered anew. Left out:
   * reports stay in the queue.
   */
  released?(report: R): void;
  /** Something waits for the acknowledgement that the source does not know of. */
  readonly urgent?: boolean;
  /** Reports that wait for this source elsewhere. */
  readonly waiting?: number;
}

export interface ErrorSourceOptions<R extends Report> {
  /** Source id in the HEST. */
  id: number;
  /** GPA and length of the error status block. */
  block: number;
  blockLength: number;
  readAck: ReadAck;
  memory: BlockMemory;
  events: EventLog;
  delegate: SourceDelegate<R>;
  /** The block is lost: gives it other memory at the same address. False: it cannot. */
  restoreBlock?(): boolean;
}

const BLOCK_STATUS_LENGTH = 4;

/** ms after which a record that may wait for ever is said to wait. */
export const OVERDUE = 10_000;

/** ms for which a report that can be released waits, the first time behind a record and at most; it doubles. */
const HOLD = { first: 5, most: 80 } as const;

/**
 * ms to the second notification of a record, and between two at most; it doubles. An edge may be lost: until its driver has
 * set the interrupt to edge, KVM's distributor sees a level come and go.
 */
const RENOTIFY = { first: 1000, most: 30_000 } as const;

/** A report whose record stands in the block, when it was written (ns since the machine began), and its bytes. */
interface Published<R> {
  readonly report: R;
  readonly at: number;
  bytes?: Uint8Array;
  /** The guest had read it when its time was over, and has the same time again for the acknowledgement. */
  extended?: boolean;
}

/** What a source keeps, as plain data; reports that are held for a vCPU are left out, as it will access the page again. */
export interface SourceState<R extends Report = Report> {
  readonly queue: readonly R[];
  readonly published?: { readonly report: R; readonly at: number; readonly bytes: Uint8Array } | undefined;
}

export class ErrorSource<R extends Report = Report> {
  readonly id: number;
  /** GPA of the error status block. */
  readonly block: number;
  readonly #options: ErrorSourceOptions<R>;
  readonly #queue: R[] = [];
  #published: Published<R> | undefined;
  #releaseTimer: NodeJS.Timeout | undefined;
  #hold: number = HOLD.first;
  #closed = false;
  readonly #now = () => this.#options.events.now() / 1e6;
  readonly #overdue = new Deadline(this.#now, () => this.#sayOverdue());
  readonly #patience = new Deadline(this.#now, () => this.#giveUp());
  readonly #renotify = new Backoff(RENOTIFY, this.#now, (times) => this.#notifyAgain(times));

  constructor(options: ErrorSourceOptions<R>) {
    this.id = options.id;
    this.block = options.block;
    this.#options = options;
  }

  /** Reports that wait, without the one that is published. */
  get depth(): number {
    return this.#queue.length;
  }

  /** A record stands in the block and is not acknowledged. */
  get busy(): boolean {
    return this.#published !== undefined;
  }

  /** Errors that the record in the block tells of. */
  get told(): number {
    return this.#published === undefined ? 0 : errorsOf(this.#published.report).length;
  }

  /** ns for which the record in the block has not been acknowledged; 0: there is none. */
  get unacknowledged(): number {
    return this.#published === undefined ? 0 : this.#options.events.now() - this.#published.at;
  }

  /** Publishes the report as soon as the source's block is free. */
  offer(report: R): void {
    if (this.#closed) return;
    if (this.#published === undefined) {
      this.#publish(report);
      return;
    }
    this.#queue.push(report);
    this.#options.readAck.awaited(true);
    this.#releaseLater();
    if (report.kind === 'access' && report.again) return;
    const waits = report.kind === 'access' ? { vcpu: report.vcpu } : {};
    this.#options.events.emit('queued', {
      id: report.id,
      source: this.id,
      depth: this.#queue.length,
      ...waits,
    });
  }

  /** The guest wrote its acknowledgement to the read_ack register. It counts for the record that the guest has read. */
  acknowledge(at: number): void {
    const published = this.#published;
    if (published === undefined) return;
    if (!this.#consumed()) {
      // Of a record before, which was withdrawn: Linux zeroes block_status first (ghes.c ghes_clear_estatus).
      this.#options.readAck.clear();
      this.#options.readAck.awaited(this.#isAwaited());
      return;
    }
    this.#published = undefined;
    const { report } = published;
    const after = at - published.at;
    for (const id of errorsOf(report))
      this.#options.events.emit('acknowledged', { id, source: this.id, after }, at);
    this.#options.delegate.settled(report, ACKNOWLEDGED);
    this.#next();
  }

  /** Something waits for this source elsewhere, from now on. */
  hurry(): void {
    if (this.#published !== undefined) this.#options.readAck.awaited(true);
  }

  /** The memory of the block was lost and is zero now. @returns whether a record stands there again */
  rewrite(): boolean {
    const bytes = this.#published?.bytes;
    if (bytes === undefined) return false;
    this.#write(bytes);
    return true;
  }

  /** The guest's VM ends: no record is published or withdrawn any more, and no notification sent. */
  close(): void {
    this.#closed = true;
    this.#patience.close();
    this.#overdue.close();
    this.#renotify.stop();
    this.#stopRelease();
  }

  /** The guest is reset: nothing that it was to be told is of use to it. */
  reset(): void {
    this.close();
    const pending = this.#published === undefined ? this.#queue : [this.#published.report, ...this.#queue];
    this.#published = undefined;
    this.#queue.length = 0;
    for (const report of pending)
      for (const id of errorsOf(report)) this.#options.events.emit('dropped', { id, source: this.id });
  }

  /** Its state; the block's bytes and read_ack are the memory's and the device's. */
  save(): SourceState<R> {
    const published = this.#published;
    return {
      queue: this.#queue.filter(({ kind }) => kind !== 'access'),
      ...(published?.bytes && {
        published: { report: published.report, at: published.at, bytes: published.bytes },
      }),
    };
  }

  /** Takes the state of another one, whose guest goes on here; nothing was offered before. */
  load({ queue, published }: SourceState<R>): void {
    this.#queue.push(...queue);
    if (published === undefined) {
      this.#next();
      return;
    }
    this.#published = { ...published };
    this.#options.readAck.awaited(this.#isAwaited());
    this.#expect(published.report);
  }

  #isAwaited(): boolean {
    return this.#queue.length > 0 || this.#options.delegate.urgent === true;
  }

  #publish(report: R): void {
    const { blockLength, readAck, events, delegate } = this.#options;
    let record: Uint8Array;
    try {
      record = delegate.encode(report);
    } catch (cause) {
      // Nothing of it may stay behind: not the report, and not the vCPU that waits for it.
      delegate.settled(report, { how: 'unwritable', cause });
      return;
    }
    if (record.length > blockLength) throw new RangeError(`a record of ${record.length} bytes is too long`);
    try {
      this.#write(record, readAck);
    } catch (cause) {
      if (!this.#writeAgain(record)) {
        delegate.settled(report, { how: 'unwritable', cause });
        return;
      }
    }
    const published: Published<R> = { report, at: events.now() };
    this.#published = published;
    readAck.awaited(this.#isAwaited());
    delegate.notify(report);
    // What is behind the notification costs the guest nothing; the bytes may be the next record's too.
    published.bytes = record.slice();
    this.#hold = HOLD.first;
    this.#expect(report);
  }

  #write(record: Uint8Array, readAck?: ReadAck): void {
    const { block, memory } = this.#options;
    // The guest may poll: block_status turns non-zero only when all else is in place.
    memory.write(block + BLOCK_STATUS_LENGTH, record.subarray(BLOCK_STATUS_LENGTH));
    readAck?.clear();
    memory.writeU32(block, statusOf(record));
  }

  #writeAgain(record: Uint8Array): boolean {
    if (this.#options.restoreBlock?.() !== true) return false;
    try {
      this.#write(record, this.#options.readAck);
      return true;
    } catch {
      return false;
    }
  }

  #expect(report: R): void {
    const { delegate } = this.#options;
    const patience = delegate.patience?.(report);
    if (patience === undefined) {
      this.#patience.clear();
      this.#overdue.set(OVERDUE);
    } else {
      this.#overdue.clear();
      this.#patience.set(patience);
    }
    if (delegate.renotify !== undefined) this.#renotify.start();
  }

  #sayOverdue(): void {
    const published = this.#published;
    if (published === undefined) return;
    const { delegate, events } = this.#options;
    const after = events.now() - published.at;
    const waits = this.#queue.length + (delegate.waiting ?? 0);
    const told = { source: this.id, after, consumed: this.#consumed(), waits };
    for (const id of errorsOf(published.report)) events.emit('unacknowledged', { id, ...told });
  }

  #notifyAgain(times: number): boolean {
    const published = this.#published;
    if (published === undefined) return false;
    // One that was read is at work on it.
    if (!this.#consumed()) this.#options.delegate.renotify?.(published.report, times);
    return true;
  }

  /** The guest has read the record: Linux zeroes block_status before it acknowledges (ghes.c ghes_clear_estatus). */
  #consumed(): boolean {
    try {
      this.#options.memory.read(this.#options.block, STATUS);
    } catch {
      // The block is lost: the next record's writer will say so.
      return false;
    }
    return statusOf(STATUS) === 0;
  }

  #release(): void {
    this.#releaseTimer = undefined;
    this.#hold = Math.min(2 * this.#hold, HOLD.most);
    for (const report of this.#queue.splice(0)) this.#options.delegate.released!(report);
  }

  #releaseLater(): void {
    if (this.#queue.length === 0 || this.#options.delegate.released === undefined) return;
    this.#releaseTimer ??= setTimeout(() => this.#release(), this.#hold).unref();
  }

  #stopRelease(): void {
    clearTimeout(this.#releaseTimer);
    this.#releaseTimer = undefined;
  }

  /** The time of the last published record is over. */
  #giveUp(): void {
    const published = this.#published;
    if (published === undefined) return;
    const { block, memory, events, delegate } = this.#options;
    const consumed = this.#consumed();
    if (consumed && !published.extended) {
      // It is at work on the record: the acknowledgement will come, and must not be taken for the next record's.
      published.extended = true;
      this.#patience.set(delegate.patience?.(published.report) ?? 0);
      return;
    }
    try {
      memory.writeU32(block, 0);
    } catch {
      // As above.
    }
    this.#published = undefined;
    const { report } = published;
    const after = events.now() - published.at;
    events.emit('unacknowledged', { id: report.id, source: this.id, after, consumed });
    delegate.settled(report, { how: 'withdrawn', consumed });
    this.#next();
  }

  #next(): void {
    this.#stopRelease();
    if (this.#closed) return;
    // A report that notifies may be acknowledged within its own offer: the loop ends when one stays published.
    while (this.#published === undefined) {
      const report = this.#queue.shift();
      if (report === undefined) return;
      this.#publish(report);
    }
    this.#releaseLater();
  }
}

const ACKNOWLEDGED: Outcome = { how: 'acknowledged' };
const STATUS = new Uint8Array(BLOCK_STATUS_LENGTH);

/** Block status: the first word of a Generic Error Status Block (ACPI 6.5, table 18.11). */
function statusOf(block: Uint8Array): number {
  return (block[0]! | (block[1]! << 8) | (block[2]! << 16) | (block[3]! << 24)) >>> 0;
}
