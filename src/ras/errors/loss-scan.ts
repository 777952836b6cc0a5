/**
 * Looks for pages that the host has lost and no signal has named: while one SIGBUS is pending the kernel drops further ones, and
 * of a page of a huge page that is mapped in parts it sends none at all (mm/memory-failure.c).
 */

import type { EventLog } from '../../events/event-log.ts';
import type { GuestMap } from '../../memory/guest-map.ts';

/**
 * ms from a reason to look until the page map is read. That takes the longer the more is lost, and pauses so many times as
 * long, so that a storm of signals leaves time for its errors.
 */
const SCAN = { delay: 20, pause: 20 } as const;

export interface LossScanOptions {
  map: GuestMap;
  events: EventLog;
  /** The page at this GPA needs no report. */
  isKnown(gpa: number): boolean;
  /** A lost page of the backing, which nobody has told of. */
  onLoss(gpa: number, size: number): void;
}

export class LossScan {
  readonly #options: LossScanOptions;
  #timer: NodeJS.Timeout | undefined;
  #pause: number = SCAN.delay;
  #closed = false;
  /** That it cannot look is said once. */
  #failed = false;

  constructor(options: LossScanOptions) {
    this.#options = options;
  }

  /** There is reason to look: once, for all that ask meanwhile. */
  soon(): void {
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const { events } = this.#options;
      const began = events.now();
      try {
        this.#look();
      } catch (error) {
        const message = `guest memory is not searched for lost pages: ${String(error)}`;
        if (!this.#failed) events.emit('machine.warning', { message });
        this.#failed = true;
      }
      this.#pause = Math.max(SCAN.delay, (SCAN.pause * (events.now() - began)) / 1e6);
    }, this.#pause).unref();
  }

  #look(): void {
    const { map, events, isKnown, onLoss } = this.#options;
    for (const { gpa: base, size, memory, offset } of map.ranges) {
      for (const at of memory.findPoison(offset, size)) {
        // The first page of the backing may begin before the range.
        const gpa = base + Math.max(0, at - offset);
        if (isKnown(gpa)) continue;
        events.emit('found', { hva: memory.hva + at, size: memory.pageSize });
        onLoss(gpa, memory.pageSize);
      }
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
