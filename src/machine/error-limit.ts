/** A limit to the errors that a machine may meet. */

import type { RasEvent } from '../events/event.ts';
import type { EventLog } from '../events/event-log.ts';

/** An error counts when it is met; a page lost on purpose is, when the guest or the host finds it. */
const MET: ReadonlySet<RasEvent['kind']> = new Set(['attributed', 'recorded', 'unrecorded']);

/** Calls `act` once, when `limit` different errors were met, at least 1. @returns what ends the watch */
export function afterErrors(events: Pick<EventLog, 'subscribe'>, limit: number, act: () => void): () => void {
  const met = new Set<number>();
  const end = events.subscribe((event) => {
    if (!MET.has(event.kind)) return;
    met.add((event as { id: number }).id);
    if (met.size < limit) return;
    end();
    // Whoever acts may emit: the events that are told now come first.
    setImmediate(act);
  });
  return end;
}
