/** The poison ledger: which guest pages are lost, and what of each has been reported to the guest. */

import type { Origin } from '../../events/event.ts';
import type { LedgerState } from '../state/ledger-state.ts';
import { PageSet } from './page-set.ts';

/** A page that the host has lost, as long as it is not backed anew. */
export interface LostPage {
  /** The error's id, by which its events are found. */
  readonly id: number;
  /** GPA of its first byte. */
  readonly gpa: number;
  /** Bytes lost: 4 KiB, a huge page, or (lost on purpose) a range of them, which may start at any page. */
  readonly size: number;
  readonly origin: Origin;
  /** ns since the machine began. */
  readonly since: number;
  /** An early report is queued, deferred or was made: none is due again. */
  toldEarly: boolean;
  /** The early report is due, but the queue was full. */
  deferred: boolean;
  /** Of a loss of several pages: those that the guest was told of, early or late. */
  toldPages: PageSet | undefined;
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
export const OFFLINE_TIME = 1e9;

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

const SMALLEST = 0x1000;

export class PoisonLedger {
  /** By GPA, in the order of loss. */
  readonly #pages = new Map<number, LostPage>();
  readonly #byId = new Map<number, LostPage>();
  /** Sizes of losses that are aligned to their size: few, as a host has few sizes of pages. */
  readonly #sizes = new Set([SMALLEST]);
  /** The others. */
  readonly #unaligned = new Set<LostPage>();
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

  /** The loss with this error's id; undefined: it is whole again, or a part of a larger loss. */
  byId(id: number): LostPage | undefined {
    return this.#byId.get(id);
  }

  /** The lost page that holds `gpa`, if it is lost. */
  find(gpa: number): LostPage | undefined {
    for (const size of this.#sizes) {
      const page = this.#pages.get(gpa - (gpa % size));
      if (page !== undefined && gpa < page.gpa + page.size) return page;
    }
    for (const page of this.#unaligned) {
      if (gpa >= page.gpa && gpa < page.gpa + page.size) return page;
    }
    return undefined;
  }

  /** A loss that has any part of this range (GPA and bytes), if there is one. */
  overlapping(gpa: number, size: number): LostPage | undefined {
    if (size / SMALLEST < this.#pages.size) {
      for (let at = gpa - (gpa % SMALLEST); at < gpa + size; at += SMALLEST) {
        const page = this.find(at);
        if (page !== undefined) return page;
      }
      return undefined;
    }
    for (const page of this.#pages.values())
      if (page.gpa < gpa + size && gpa < page.gpa + page.size) return page;
    return undefined;
  }

  /**
   * Notes the loss of the page of `size` bytes that holds `gpa`; one that is known already (the same page, or one inside a
   * larger loss) is given back.
   */
  lose(gpa: number, size: number, origin: Origin, since: number): { page: LostPage; isNew: boolean } {
    const known = this.find(gpa);
    if (known !== undefined && known.size >= size) return { page: known, isNew: false };
    return { page: this.loseRange(gpa - (gpa % size), size, origin, since), isNew: true };
  }

  /** Notes the loss of a range, and takes in what is known of parts of it. @param gpa where it starts */
  loseRange(gpa: number, size: number, origin: Origin, since: number): LostPage {
    const known = this.#pages.get(gpa);
    if (known !== undefined && known.size > size)
      throw new RangeError(`GPA 0x${gpa.toString(16)} is the start of a larger loss`);
    const page: LostPage = {
      id: known?.id ?? this.nextId(),
      gpa,
      size,
      origin,
      since,
      toldEarly: false,
      deferred: false,
      toldPages: undefined,
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
    if (size > SMALLEST) this.#takeIn(page);
    this.#keep(page);
    return page;
  }

  #keep(page: LostPage): void {
    this.#pages.set(page.gpa, page);
    this.#byId.set(page.id, page);
    if (isAligned(page)) this.#sizes.add(page.size);
    else this.#unaligned.add(page);
  }

  #takeIn(page: LostPage): void {
    for (const inner of this.#pages.values()) {
      if (inner.gpa < page.gpa || inner.gpa + inner.size > page.gpa + page.size) continue;
      noteTold(page, inner);
      this.renew(inner);
    }
  }

  /** Forgets a page that was backed anew. */
  renew(page: LostPage): void {
    if (this.#byId.get(page.id) !== page) return;
    this.#byId.delete(page.id);
    this.#pages.delete(page.gpa);
    this.#unaligned.delete(page);
  }

  /** Its state as plain data. */
  save(): LedgerState {
    return {
      version: 1,
      lastId: this.#lastId,
      pages: [...this].map(({ toldPages, ...page }) => ({
        ...page,
        ...(toldPages !== undefined && { toldPages: toldPages.save() }),
      })),
    };
  }

  /** Takes the state of another one; it must be empty itself. */
  load({ lastId, pages }: LedgerState): void {
    if (this.#lastId !== 0) throw new Error('a ledger with entries takes no state');
    this.#lastId = lastId;
    for (const { toldPages, ...saved } of pages) {
      const page: LostPage = { ...UNKNOWN, ...saved, toldPages: undefined };
      if (toldPages !== undefined) toldPagesOf(page).load(toldPages);
      this.#keep(page);
    }
  }
}

/** What a saved entry leaves out, as JSON has no undefined. */
const UNKNOWN = {
  toldEarlyAt: undefined,
  toldLateAt: undefined,
  acknowledgedAt: undefined,
  touchedAt: undefined,
};

/** What the guest knows of a part it is not told again. */
function noteTold(page: LostPage, inner: LostPage): void {
  const whole = inner.size === SMALLEST && (inner.acknowledged > 0 || inner.toldLate > 0);
  for (let gpa = inner.gpa; gpa < inner.gpa + inner.size; gpa += SMALLEST) {
    if (whole || inner.toldPages?.has(gpa)) toldPagesOf(page).add(gpa);
  }
}

/** The set that {@link LostPage.toldPages} is, made when it is first asked for. */
export function toldPagesOf(page: LostPage): PageSet {
  page.toldPages ??= new PageSet(page.gpa, page.size);
  return page.toldPages;
}

/** A page of the host's, not a range that was lost on purpose. */
export function isAligned({ gpa, size }: LostPage): boolean {
  return Number.isInteger(Math.log2(size)) && gpa % size === 0;
}
