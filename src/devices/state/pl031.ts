/** What a saved PL031 must look like. */

import { z } from 'zod';
import type { Pl031State } from '../pl031.ts';
import { bankState } from './bank.ts';

export const pl031State = z.strictObject({
  version: z.literal(1),
  bank: bankState,
  ahead: z.int(),
  alarm: z.int().optional(),
}) satisfies z.ZodType<Pl031State>;
