/**
 * One GHESv2 error source as firmware runs it: an error status block, its read_ack register and a queue. A record
 * is published only when the one before it was acknowledged (ACPI 6.5, 18.3.2.8).
 */

import type { EventLog } from '../../events/event-log.ts';

/** Guest memory as a source needs it; throws with code EHWPOISON where the block itself is lost. */
export interface BlockMemory {
  write(gpa: number, bytes: Uint8Array): void;
  read(gpa: number, target: Uint8Array): void;
}

/** The read_ack register of the source. */
export interface ReadAck {
  clear(): void;
  /** Whether a report waits for the acknowledgement: else it may be told some ms later. */
  awaited(urgently: boolean): void;
}

/** A report that waits for the source. */
export interface Report {
  readonly id: number;
  /** Other errors that the same record tells of. */
  readonly also?: readonly number[];
  /** Something waits for the acknowledgement that the source does not know of. */
  readonly urgent?: boolean;
  /** Waits with it, for a source that notifies by SEA. */
  readonly vcpu?: number;
  /** Waited before, and was given back by {@link retry}: no event tells of it once more. */
  readonly again?: boolean;
  /**
   * ms for the acknowledgement; after that the record is withdrawn. Without it the source waits as long as the guest
   * takes, and says so once, after {@link OVERDUE}.
   */
  readonly patience?: number;
  /** The GESB; called once, when the record is about to be published, so that the time in it is right. */
  record(): Uint8Array;
  /** Interrupts the guest; called when the record stands in the block. */
  notify(): void;
  /** The guest acknowledged. */
  acknowledged?(): void;
  /** The record could not be written: the block itself is lost, and nothing could take its place. */
  unwritable(cause: unknown): void;
  /**
   * The guest did not acknowledge in time. The block is free again.
   * @param consumed it had read the record: block_status was zeroed.
   */
  unacknowledged?(consumed: boolean): void;
  /**
   * The record before is not acknowledged yet, and this report is out of the queue again: it may be offered anew. Who
   * holds a vCPU for it must let the vCPU run.
   */
  retry?(): void;
}

export interface ErrorSourceOptions {
  /** Source id in the HEST. */
  id: number;
  /** GPA and length of the error status block. */
  block: number;
  blockLength: number;
  readAck: ReadAck;
  memory: BlockMemory;
  events: EventLog;
  /** The block is lost: gives it other memory at the same address. False: it cannot. */
  restoreBlock?(): boolean;
  /** Reports that wait for this source elsewhere. */
  waiting?(): number;
  /** ms, in place of {@link OVERDUE}. */
  overdue?: number;
}

const BLOCK_STATUS_LENGTH = 4;

/** ms after which a record that may wait for ever is said to wait. */
const OVERDUE = 10_000;

/** ms for which a report with a `retry` waits, the first time behind a record and at most; it doubles. */
const HOLD = { first: 5, most: 80 } as const;

/** A report whose record stands in the block, when it was written (ns since the machine began), and its bytes. */
interface Published {
  readonly report: Report;
  readonly at: number;
  bytes?: Uint8Array;
}

export class ErrorSource {
  readonly id: number;
  /** GPA of the error status block. */
  readonly block: number;
  readonly #options: ErrorSourceOptions;
  readonly #queue: Report[] = [];
  #published: Published | undefined;
  #overdueTimer: NodeJS.Timeout | undefined;
  #giveUpTimer: { timer: NodeJS.Timeout; patience: number } | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #hold: number = HOLD.first;

  constructor(options: ErrorSourceOptions) {
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
    return this.#published === undefined ? 0 : 1 + (this.#published.report.also?.length ?? 0);
  }

  /** ns for which the record in the block has not been acknowledged; 0: there is none. */
  get unacknowledged(): number {
    return this.#published === undefined ? 0 : this.#options.events.now() - this.#published.at;
  }

  /** Publishes the report as soon as the source's block is free. */
  offer(report: Report): void {
    if (this.#published === undefined) {
      this.#publish(report);
      return;
    }
    this.#queue.push(report);
    this.#options.readAck.awaited(true);
    this.#retryLater();
    if (report.again) return;
    const { id, vcpu } = report;
    const waits = vcpu === undefined ? {} : { vcpu };
    this.#options.events.emit('queued', { id, source: this.id, depth: this.#queue.length, ...waits });
  }

  /** The guest wrote its acknowledgement to the read_ack register. */
  acknowledge(at: number): void {
    const published = this.#published;
    if (published === undefined) return;
    this.#published = undefined;
    const { report } = published;
    this.#emit(report, (id) =>
      this.#options.events.emit('acknowledged', { id, source: this.id, after: at - published.at }, at),
    );
    report.acknowledged?.();
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

  #emit(report: Report, emit: (id: number) => void): void {
    emit(report.id);
    if (report.also !== undefined) for (const id of report.also) emit(id);
  }

  /** The guest's VM ends: no record is withdrawn and no notification sent any more. */
  close(): void {
    clearTimeout(this.#giveUpTimer?.timer);
    this.#giveUpTimer = undefined;
    clearTimeout(this.#overdueTimer);
    this.#overdueTimer = undefined;
    this.#stopRetry();
  }

  /** The guest is reset: nothing that it was to be told is of use to it. */
  reset(): void {
    this.close();
    const pending = this.#published === undefined ? this.#queue : [this.#published.report, ...this.#queue];
    this.#published = undefined;
    this.#queue.length = 0;
    for (const report of pending)
      this.#emit(report, (id) => this.#options.events.emit('dropped', { id, source: this.id }));
  }

  #publish(report: Report): void {
    const { blockLength, readAck, events } = this.#options;
    const record = report.record();
    if (record.length > blockLength) throw new RangeError(`a record of ${record.length} bytes is too long`);
    try {
      this.#write(record, readAck);
    } catch (error) {
      if (!this.#writeAgain(record)) {
        report.unwritable(error);
        return;
      }
    }
    const published: Published = { report, at: events.now() };
    this.#published = published;
    readAck.awaited(this.#queue.length > 0 || report.urgent === true);
    report.notify();
    // What is behind the notification costs the guest nothing; the bytes may be the next record's too.
    published.bytes = record.slice();
    this.#hold = HOLD.first;
    this.#expectWithin(report.patience);
  }

  #write(record: Uint8Array, readAck?: ReadAck): void {
    const { block, memory } = this.#options;
    // The guest may poll: block_status turns non-zero only when all else is in place.
    memory.write(block + BLOCK_STATUS_LENGTH, record.subarray(BLOCK_STATUS_LENGTH));
    readAck?.clear();
    memory.write(block, record.subarray(0, BLOCK_STATUS_LENGTH));
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

  /** One timer for all: set back by each record, it ends when the last one's time is over. */
  #expectWithin(patience: number | undefined): void {
    if (patience === undefined) this.#overdueTimer = this.#overdueTimer?.refresh() ?? this.#overdueLater();
    if (patience !== undefined && patience === this.#giveUpTimer?.patience) {
      this.#giveUpTimer.timer.refresh();
      return;
    }
    clearTimeout(this.#giveUpTimer?.timer);
    this.#giveUpTimer =
      patience === undefined
        ? undefined
        : { patience, timer: setTimeout(() => this.#giveUp(), patience).unref() };
  }

  /** It stays when it has run: the next record sets it back. */
  #overdueLater(): NodeJS.Timeout {
    return setTimeout(() => {
      const published = this.#published;
      if (published === undefined || published.report.patience !== undefined) return;
      const after = this.#options.events.now() - published.at;
      const waits = this.#queue.length + (this.#options.waiting?.() ?? 0);
      const told = { source: this.id, after, consumed: this.#consumed(), waits };
      this.#emit(published.report, (id) => this.#options.events.emit('unacknowledged', { id, ...told }));
    }, this.#options.overdue ?? OVERDUE).unref();
  }

  /** The guest has read the record: Linux zeroes block_status before it acknowledges (ghes.c ghes_clear_estatus). */
  #consumed(): boolean {
    const status = new Uint8Array(BLOCK_STATUS_LENGTH);
    try {
      this.#options.memory.read(this.#options.block, status);
    } catch {
      // The block is lost: the next record's writer will say so.
      return false;
    }
    return status.every((byte) => byte === 0);
  }

  #retry(): void {
    this.#retryTimer = undefined;
    this.#hold = Math.min(2 * this.#hold, HOLD.most);
    for (const report of this.#queue.splice(0)) report.retry!();
  }

  /** The reports of a source are of one kind: all can be retried, or none. */
  #retryLater(): void {
    if (this.#queue[0]?.retry === undefined) return;
    this.#retryTimer ??= setTimeout(() => this.#retry(), this.#hold).unref();
  }

  #stopRetry(): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
  }

  /** The time of the last published record is over. */
  #giveUp(): void {
    const published = this.#published;
    if (published === undefined) return;
    const { block, memory, events } = this.#options;
    const consumed = this.#consumed();
    try {
      memory.write(block, new Uint8Array(BLOCK_STATUS_LENGTH));
    } catch {
      // As above.
    }
    this.#published = undefined;
    const { id } = published.report;
    events.emit('unacknowledged', { id, source: this.id, after: events.now() - published.at, consumed });
    published.report.unacknowledged?.(consumed);
    this.#next();
  }

  #next(): void {
    this.#stopRetry();
    // A report that notifies may be acknowledged within its own offer: the loop ends when one stays published.
    while (this.#published === undefined) {
      const report = this.#queue.shift();
      if (report === undefined) return;
      this.#publish(report);
    }
    this.#retryLater();
  }
}
