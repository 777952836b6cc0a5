/**
 * The error sources of a guest: one list, from which the HEST, the DSDT's events, the read_ack registers, the error status
 * blocks and the metrics follow. A source is a block, a register and a queue (source.ts); how it is announced is its
 * notification (../notify/); which source reports an error is the router's choice (../policy/router.ts).
 */

import { INTERRUPT } from '../../platform/address-map.ts';

/** ACPI 6.5, table 18.14. */
export type NotificationType = 'sea' | 'gsiv';

export interface PlannedSource {
  /** Its id in the HEST, its place in the list, and its read_ack register's number. */
  readonly id: number;
  readonly notification: NotificationType;
  /** GSIV; 0 for a notification that is no interrupt. */
  readonly vector: number;
}

export const SOURCES: readonly PlannedSource[] = [
  { id: 0, notification: 'sea', vector: 0 },
  { id: 1, notification: 'gsiv', vector: INTERRUPT.gedHardwareError },
];

/** A vCPU waits for what is announced so. */
export function isSynchronous({ notification }: Pick<PlannedSource, 'notification'>): boolean {
  return notification === 'sea';
}
