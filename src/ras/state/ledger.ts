/** What a saved poison ledger must look like. */

import { z } from 'zod';
import { ORIGINS } from '../../events/event.ts';
import type { LedgerState } from './ledger-state.ts';

/** A GPA, a size, or ns: whole numbers that a double holds. */
const whole = z.int().min(0);
/** The page set of the largest loss that is reported page by page, in hexadecimal. */
const LONGEST_SET = 2048;

const lostPage = z.strictObject({
  id: z.int().min(1),
  gpa: whole,
  size: z.int().min(1),
  origin: z.enum(ORIGINS),
  since: z.number(),
  toldEarly: z.boolean(),
  deferred: z.boolean(),
  toldPages: z
    .string()
    .regex(/^([0-9a-f]{2})*$/)
    .max(LONGEST_SET * 32)
    .optional(),
  toldLate: whole,
  toldEarlyAt: z.number().optional(),
  toldLateAt: z.number().optional(),
  acknowledged: whole,
  acknowledgedAt: z.number().optional(),
  touches: whole,
  touchedAt: z.number().optional(),
  stillInUse: z.boolean(),
  leftOut: z.boolean(),
  lateOnly: z.boolean(),
});

export const ledgerState = z
  .strictObject({ version: z.literal(1), lastId: whole, pages: z.array(lostPage) })
  .refine(({ lastId, pages }) => pages.every(({ id }) => id <= lastId), 'has an error behind the last one')
  .refine(
    ({ pages }) => new Set(pages.map(({ id }) => id)).size === pages.length,
    'has an error twice',
  ) satisfies z.ZodType<LedgerState>;
