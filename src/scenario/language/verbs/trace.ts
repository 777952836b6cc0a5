import { z } from 'zod';
import { verb } from './verb.ts';

export const trace = verb({
  schema: z
    .array(
      z.string().regex(/^[\w-]+(:[\w*-]+)?$/, "is no trace event, such as 'arm_event' or 'ras:arm_event'"),
    )
    .min(1)
    .describe("The guest's kernel traces these events, for trace: in expectations"),
});
