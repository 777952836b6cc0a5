/** What a saved PL061 must look like. */

import { z } from 'zod';
import type { Pl061State } from '../pl061.ts';
import { bankState } from './bank.ts';

const lines = z.int().min(0).max(0xff);

export const pl061State = z.strictObject({
  version: z.literal(1),
  bank: bankState,
  inputs: lines,
  outputs: lines,
  levels: lines,
  pressed: z.boolean(),
}) satisfies z.ZodType<Pl061State>;
