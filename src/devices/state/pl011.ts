/** What a saved PL011 must look like. */

import { z } from 'zod';
import type { Pl011State } from '../pl011.ts';
import { bankState } from './bank.ts';

/** The device passes output on before it has so much. */
const MOST_OUTPUT = 64 * 1024;

export const pl011State = z.strictObject({
  version: z.literal(1),
  bank: bankState,
  output: z.instanceof(Uint8Array).refine(({ length }) => length <= MOST_OUTPUT, 'is too long'),
  held: z.boolean(),
}) satisfies z.ZodType<Pl011State>;
