/**
 * The host's kernel may lose memory of the guest's and send no signal: of a page of a huge page that is mapped in parts, which
 * it splits first and then finds nobody who has it (mm/memory-failure.c memory_failure, mm/rmap.c try_to_migrate_one: a page
 * that is poisoned by then is unmapped). It counts it all the same, and so a count that has grown is a reason to look.
 */

import { readFileSync } from 'node:fs';

/** ms between two looks at the count. */
const PERIOD = 2000;

export class LossWatch {
  readonly #count: () => number | undefined;
  readonly #onLoss: () => void;
  #last: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param onLoss the host has lost memory since the last look, somebody's */
  constructor(onLoss: () => void, count = hardwareCorrupted) {
    this.#onLoss = onLoss;
    this.#count = count;
  }

  start(): void {
    this.#last = this.#count();
    // A kernel without memory_failure counts nothing.
    if (this.#last !== undefined) this.#timer = setInterval(() => this.#look(), PERIOD).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    let now: number | undefined;
    try {
      now = this.#count();
    } catch {
      // No descriptor is free, say: there is a next look.
      return;
    }
    if (now === undefined) return;
    if (now > this.#last!) this.#onLoss();
    this.#last = now;
  }
}

/** KiB of the host's memory that memory_failure has taken out of use (fs/proc/meminfo.c). */
export function hardwareCorrupted(): number | undefined {
  const kilobytes = /^HardwareCorrupted: *(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes);
}
