/** The poison ledger as others see it. */

import * as z from 'zod/mini';
import { ORIGINS } from '../events/event.ts';
import { address, count } from './fields.ts';

/** A row of the poison ledger. Times are ns since the machine began. */
export const PoisonedPage = z.object({
  /** The error's id: `id` of every event that tells its story. */
  id: count,
  gpa: address,
  /** Bytes. */
  size: count,
  /** When the loss was noted. */
  since: count,
  origin: z.enum(ORIGINS),
  /** When the guest was interrupted before it touched the page; left out: it was not. */
  toldEarly: z.exactOptional(count),
  /** How often it was told of a touch (SEA), and when it last was. */
  toldLate: count,
  toldLateAt: z.exactOptional(count),
  /** How many reports it acknowledged, and when the last. */
  acknowledged: count,
  acknowledgedAt: z.exactOptional(count),
  /** How often it met the loss, and when it last did. */
  touches: count,
  touchedAt: z.exactOptional(count),
  /**
   * `no`: it touched the page again long after it had acknowledged a report. Else there is nothing to see
   * from outside: it may have taken the page out of use, or have had no use for it. `left-out`: the guest has
   * booted without it.
   */
  offlined: z.enum(['no', 'unknown', 'left-out']),
});
export type PoisonedPage = z.infer<typeof PoisonedPage>;
