/** The poison ledger: which guest pages are lost, and what the guest has been told of each. */

import type { Origin } from './events.ts';

/** A page that the host has lost, as long as it is not backed anew. */
export interface LostPage {
  /** The error's id, by which its events are found. */
  readonly id: number;
  /** GPA of its first byte, aligned to `size`. */
  readonly gpa: number;
  /** Bytes lost: 4 KiB, or a huge page. */
  readonly size: number;
  readonly origin: Origin;
  /** ns since the machine began. */
  readonly since: number;
  /** An early report is queued or was made: none is due again. */
  toldEarly: boolean;
  /** Late reports (each touch gets its SEA). */
  toldLate: number;
  /** When the guest was last interrupted for it, by each kind of report: ns since the machine began. */
  toldEarlyAt: number | undefined;
  toldLateAt: number | undefined;
  /** Reports of either kind that the guest acknowledged. */
  acknowledged: number;
  /** The last of them, ns since the machine began. */
  acknowledgedAt: number | undefined;
  /** Accesses by the guest that met the loss. */
  touches: number;
  /** The last of them, ns since the machine began. */
  touchedAt: number | undefined;
  /** Touched again long after an acknowledgement: the guest did not take it out of use. */
  stillInUse: boolean;
  /** A reset could not back it anew: the guest that booted then does not have it. */
  leftOut: boolean;
  /** Lost on purpose with the early report left out: a host's AO about it is not passed on. */
  lateOnly: boolean;
}

/**
 * ns. Linux acknowledges a record before memory_failure() takes the page out of use (drivers/acpi/apei/ghes.c): another
 * thread may touch it meanwhile.
 */
const OFFLINE_TIME = 1e9;

/** Notes that the guest met the loss. @param at ns since the machine began */
export function noteTouch(page: LostPage, at: number): void {
  page.touches++;
  page.touchedAt = at;
  if (page.acknowledgedAt !== undefined && at > page.acknowledgedAt + OFFLINE_TIME) page.stillInUse = true;
}

/** Notes that the guest acknowledged a report. @param at ns since the machine began */
export function noteAcknowledgement(page: LostPage, at: number): void {
  page.acknowledged++;
  page.acknowledgedAt = at;
}

/** What can be lost at a time, in bytes. */
const SIZES = [0x1000, 0x20_0000, 0x4000_0000];
const SMALLEST = 0x1000;

export class PoisonLedger {
  readonly #pages = new Map<number, LostPage>();
  #lastId = 0;

  get size(): number {
    return this.#pages.size;
  }

  [Symbol.iterator](): IterableIterator<LostPage> {
    return this.#pages.values();
  }

  /** Errors so far, with those whose page is whole again. */
  get errors(): number {
    return this.#lastId;
  }

  /** An id for an error that loses no page (a record alone). */
  nextId(): number {
    return ++this.#lastId;
  }

  /** The lost page that holds `gpa`, if it is lost. */
  find(gpa: number): LostPage | undefined {
    for (const size of SIZES) {
      const page = this.#pages.get(gpa - (gpa % size));
      if (page !== undefined && gpa < page.gpa + page.size) return page;
    }
    return undefined;
  }

  /** Notes a loss; one that is known already (the same page, or one inside a larger loss) is given back. */
  lose(gpa: number, size: number, origin: Origin, since: number): { page: LostPage; isNew: boolean } {
    const base = gpa - (gpa % size);
    const known = this.find(base);
    if (known !== undefined && known.size >= size) return { page: known, isNew: false };
    const page: LostPage = {
      id: known?.id ?? this.nextId(),
      gpa: base,
      size,
      origin,
      since,
      toldEarly: false,
      toldLate: 0,
      toldEarlyAt: undefined,
      toldLateAt: undefined,
      acknowledged: 0,
      acknowledgedAt: undefined,
      touches: known?.touches ?? 0,
      touchedAt: known?.touchedAt,
      stillInUse: known?.stillInUse ?? false,
      leftOut: false,
      lateOnly: false,
    };
    if (size > SMALLEST) {
      for (const inner of this.#pages.values()) {
        if (inner.gpa >= base && inner.gpa < base + size) this.#pages.delete(inner.gpa);
      }
    }
    this.#pages.set(base, page);
    return { page, isNew: true };
  }

  /** Forgets a page that was backed anew. */
  renew(page: LostPage): void {
    this.#pages.delete(page.gpa);
  }
}
