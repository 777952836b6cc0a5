/** Devices and handlers that throw must not end the machine: each kind of failure is reported once. */

import type { EventLog } from '../events/event-log.ts';

export class Failures {
  readonly #events: Pick<EventLog, 'emit'>;
  readonly #reported = new Set<string>();

  constructor(events: Pick<EventLog, 'emit'>) {
    this.#events = events;
  }

  /** @param what failed; only the first failure of each is reported */
  report(what: string, error: unknown): void {
    if (this.#reported.has(what)) return;
    this.#reported.add(what);
    const why = error instanceof Error ? error.message : String(error);
    const message = `${what} failed, and the guest goes on without it (${why}): this is a bug of rasvm`;
    this.#events.emit('machine.warning', { message });
  }
}
