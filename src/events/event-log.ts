/** The log that keeps a machine's events, and tells whoever listens. */

import { DelayedCall } from '../core/delayed-call.ts';
import type { EventFields, RasEvent, RasEventKind } from './event.ts';

const KEPT = 8192;

/**
 * ms from an event to its listeners. On a host of one core the guest's handler of an error runs meanwhile.
 */
const DELAY = 5;

/** An event as it was emitted: what is left to do costs the path of an error nothing. */
interface Emitted {
  kind: RasEventKind;
  time: number;
  fields: object;
}

/** The machine's event log: the last {@link KEPT} events, and whoever listens. */
export class EventLog {
  readonly #origin: bigint;
  #emitted: Emitted[] = [];
  readonly #kept: RasEvent[] = [];
  readonly #listeners = new Set<(event: RasEvent) => void>();
  readonly #telling = new DelayedCall(DELAY, () => this.flush(), { keepsAlive: true });
  #seq = 0;

  /** @param origin when the machine began: ns of CLOCK_MONOTONIC */
  constructor(origin = process.hrtime.bigint()) {
    this.#origin = origin;
  }

  /** ns since the machine began. */
  now(): number {
    return Number(process.hrtime.bigint() - this.#origin);
  }

  /**
   * Listeners hear of it {@link DELAY} ms later, or at the next {@link flush}.
   * @param time ns since the machine began, where it was measured nearer to the cause than this call.
   */
  emit<K extends RasEventKind>(kind: K, fields: EventFields[K], time = this.now()): void {
    if (this.#emitted.push({ kind, time, fields }) === 1) this.#telling.ask();
  }

  /** Tells the listeners now. */
  flush(): void {
    // A listener may emit.
    while (this.#emitted.length > 0) {
      const emitted = this.#emitted;
      this.#emitted = [];
      for (const { kind, time, fields } of emitted) {
        const event = { seq: ++this.#seq, time, kind, ...fields } as RasEvent;
        this.#kept.push(event);
        for (const listener of this.#listeners) listener(event);
      }
    }
    if (this.#kept.length >= 2 * KEPT) this.#kept.splice(0, this.#kept.length - KEPT);
  }

  /** The kept events after `seq`, oldest first, at most `limit`. */
  since(seq: number, limit = KEPT): RasEvent[] {
    this.flush();
    const first = this.#kept[0]?.seq ?? 1;
    const start = Math.max(0, seq + 1 - first);
    return this.#kept.slice(start, start + limit);
  }

  /** @returns what ends the subscription. */
  subscribe(listener: (event: RasEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A CLOCK_MONOTONIC time (ns), as native events carry it, on this log's scale. */
  fromMonotonic(ns: bigint): number {
    return Number(ns - this.#origin);
  }
}
