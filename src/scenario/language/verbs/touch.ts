import { z } from 'zod';
import { object } from '../../../input/yaml-file.ts';
import { TOUCH_KINDS } from '../../guest/victim.ts';
import { touchExpectation } from '../schema-expect.ts';
import { pageName } from '../schema-values.ts';
import { verb } from './verb.ts';

export const touch = verb({
  schema: object({
    page: pageName,
    how: z.enum(TOUCH_KINDS).optional().describe('Left out: read. spin: reads until it is signalled'),
    expect: touchExpectation.optional().describe('Of each thread, if there are several'),
    threads: z
      .int()
      .min(2)
      .max(12)
      .optional()
      .describe('So many threads of the victim touch it at the same time; left out: one'),
    wait: z
      .literal(false)
      .optional()
      .describe(
        'Goes on while the host does the next steps; its end is judged before the next step in the guest',
      ),
  })
    .refine(
      ({ threads, wait }) => threads === undefined || wait === undefined,
      'has threads: they are waited for',
    )
    .describe('The victim touches its page'),
  names({ page }, names) {
    names.usePages(page, 'page');
  },
});
