/**
 * How much the guest can be told at once. Linux keeps what the asynchronous sources name in a queue of 16 pages a CPU, for a
 * worker that takes them out of use; what finds it full is dropped with a line in its log (mm/memory-failure.c
 * memory_failure_queue, MEMORY_FAILURE_FIFO_SIZE). The acknowledgement comes before that work, so it is estimated.
 */

const GUEST_QUEUE = 16;

/** Pages that one record names at most: with those of the record before it, what the guest's queue holds. */
export const PAGES_PER_RECORD = GUEST_QUEUE / 2;

/**
 * ms for a page: a part of what the guest needs to acknowledge, which grows with its load, with the speed of its host, and with
 * the work that is left, as the same CPU does both.
 */
const PER_PAGE = { part: 1 / 3, least: 1, most: 20 } as const;

export class GuestPace {
  /** Pages that the guest may still be at, and when it was reckoned (ms). */
  #pages = 0;
  #at = 0;
  #perPage: number = PER_PAGE.least;

  /** Pages that a record may name now. @param now ms */
  room(now: number): number {
    this.#pages = Math.max(0, this.#pages - (now - this.#at) / this.#perPage);
    this.#at = now;
    return Math.min(PAGES_PER_RECORD, Math.floor(GUEST_QUEUE - this.#pages));
  }

  /** ms until a record may name so many pages. */
  wait(pages: number, now: number): number {
    if (this.room(now) >= pages) return 0;
    return Math.max(0, Math.ceil((this.#pages - (GUEST_QUEUE - pages)) * this.#perPage));
  }

  told(pages: number): void {
    this.#pages += pages;
  }

  /** From now on the guest works on what it was told. @param after ms that it took to acknowledge */
  acknowledged(after: number, now: number): void {
    this.#at = now;
    this.#perPage = Math.min(PER_PAGE.most, Math.max(PER_PAGE.least, after * PER_PAGE.part));
  }
}
