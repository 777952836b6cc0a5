/** What a saved register bank must look like. */

import { z } from 'zod';
import type { BankState } from '../../native/binding.ts';

const U64_MAX = 0xffff_ffff_ffff_ffffn;

/** More waits in no device's queue. */
const LONGEST_QUEUE = 4096;

export const bankState = z.strictObject({
  shadows: z
    .array(
      z.strictObject({
        offset: z.int().min(0).max(0xffff_ffff),
        value: z.bigint().min(0n).max(U64_MAX),
      }),
    )
    .max(4096),
  queue: z.array(z.int().min(0).max(0xffff)).max(LONGEST_QUEUE),
}) satisfies z.ZodType<BankState>;
