/** A machine's events, as others get them. */

import * as z from 'zod/mini';
import type { RasEvent } from '../events/event.ts';
import { count } from './fields.ts';

export const EventsRequest = z.strictObject({
  /** Events whose seq is greater; 0: all that are kept. */
  since: count,
  /** Goes on with new events until the machine ends. */
  follow: z.boolean(),
});
export type EventsRequest = z.infer<typeof EventsRequest>;

/** What a field of an event is outside the process: bigint has become a 0x-hex string. */
export type Json = string | number | boolean | Json[] | { [name: string]: Json };

/** An event as a client sees it, of a kind that it may not know; its JSON form is itself. */
export interface EventMessage {
  seq: number;
  /** ns since the machine started. */
  time: number;
  /** The error's id. */
  id?: number;
  kind: string;
  [field: string]: Json | undefined;
}

export interface MachineEvents {
  /** Events whose seq is greater than `seq`, oldest first, at most `limit`. The first event has seq 1. */
  since(seq: number, limit?: number): RasEvent[];
  /** Calls back after each event is kept; gives the function that ends it. */
  subscribe(listener: (event: RasEvent) => void): () => void;
}
