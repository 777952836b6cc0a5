/** An event as it is told outside the process. */

/** What a field of an event is outside the process: bigint has become a 0x-hex string. */
export type Json = string | number | boolean | Json[] | { [name: string]: Json };

/** An event as a client sees it; its JSON form is itself. */
export interface EventMessage {
  seq: number;
  /** ns since the machine started. */
  time: number;
  /** The error's id. */
  id?: number;
  kind: string;
  [field: string]: Json | undefined;
}
