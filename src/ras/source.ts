/**
 * One GHESv2 error source as firmware runs it: an error status block, its read_ack register and a queue. A record
 * is published only when the one before it was acknowledged (ACPI 6.5, 18.3.2.8).
 */

import type { EventLog } from './events.ts';

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
  /** Waits with it, for a source that notifies by SEA. */
  readonly vcpu?: number;
  /** Waited before, and was given back by {@link retry}: no event tells of it once more. */
  readonly again?: boolean;
  /**
   * ms for the acknowledgement; after that the record is withdrawn. Without it the source waits as long as the guest
   * takes.
   */
  readonly patience?: number;
  /** The GESB; called once, when the record is about to be published, so that the time in it is right. */
  record(): Uint8Array;
  /** Interrupts the guest; called when the record stands in the block. */
  notify(): void;
  /** The guest acknowledged. */
  acknowledged?(): void;
  /** The record could not be written: the block itself is lost. */
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
}

const BLOCK_STATUS_LENGTH = 4;

/** ms for which a report with a `retry` waits, the first time behind a record and at most; it doubles. */
const HOLD = { first: 5, most: 80 } as const;

export class ErrorSource {
  readonly id: number;
  readonly #options: ErrorSourceOptions;
  readonly #queue: Report[] = [];
  #published: { report: Report; at: number } | undefined;
  #giveUpTimer: { timer: NodeJS.Timeout; patience: number } | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #hold: number = HOLD.first;

  constructor(options: ErrorSourceOptions) {
    this.id = options.id;
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
    const { events } = this.#options;
    events.emit('acknowledged', { id: published.report.id, source: this.id, after: at - published.at }, at);
    published.report.acknowledged?.();
    this.#next();
  }

  /** The guest's VM ends: no record is withdrawn and no notification sent any more. */
  close(): void {
    clearTimeout(this.#giveUpTimer?.timer);
    this.#giveUpTimer = undefined;
    this.#stopRetry();
  }

  /** The guest is reset: nothing that it was to be told is of use to it. */
  reset(): void {
    this.close();
    const pending = this.#published === undefined ? this.#queue : [this.#published.report, ...this.#queue];
    this.#published = undefined;
    this.#queue.length = 0;
    for (const { id } of pending) this.#options.events.emit('dropped', { id, source: this.id });
  }

  #publish(report: Report): void {
    const { block, blockLength, memory, readAck, events } = this.#options;
    const record = report.record();
    if (record.length > blockLength) throw new RangeError(`a record of ${record.length} bytes is too long`);
    try {
      // The guest may poll: block_status turns non-zero only when all else is in place.
      memory.write(block + BLOCK_STATUS_LENGTH, record.subarray(BLOCK_STATUS_LENGTH));
      readAck.clear();
      memory.write(block, record.subarray(0, BLOCK_STATUS_LENGTH));
    } catch (error) {
      report.unwritable(error);
      return;
    }
    this.#published = { report, at: events.now() };
    readAck.awaited(this.#queue.length > 0);
    report.notify();
    this.#hold = HOLD.first;
    this.#expectWithin(report.patience);
  }

  /** One timer for all: set back by each record, it ends when the last one's time is over. */
  #expectWithin(patience: number | undefined): void {
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
    const status = new Uint8Array(BLOCK_STATUS_LENGTH);
    let consumed = false;
    try {
      memory.read(block, status);
      // Linux zeroes block_status before it acknowledges (drivers/acpi/apei/ghes.c ghes_clear_estatus).
      consumed = status.every((byte) => byte === 0);
      memory.write(block, new Uint8Array(BLOCK_STATUS_LENGTH));
    } catch {
      // The block is lost: the next record's writer will say so.
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
