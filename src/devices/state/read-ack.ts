/** What saved read_ack registers must look like. */

import { z } from 'zod';
import type { ReadAckState } from '../read-ack.ts';
import { bankState } from './bank.ts';

export const readAckState = z.strictObject({
  version: z.literal(1),
  bank: bankState,
  awaited: z.array(z.boolean()).max(512),
}) satisfies z.ZodType<ReadAckState>;
