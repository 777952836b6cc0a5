import { z } from 'zod';
import { INJECT_MEANS, INJECT_SEVERITIES, INJECT_TELLS } from '../../../api/inject.ts';
import { object } from '../../../input/yaml-file.ts';
import { pageNames, size } from '../schema-values.ts';
import { verb } from './verb.ts';

const schema = object({
  page: pageNames.optional().describe('One after the other'),
  gpa: z
    .int()
    .optional()
    .describe(
      'In place of page: the one at this guest physical address, which no process has; of rasvm alone',
    ),
  via: z.enum(INJECT_MEANS).optional().describe('As `rasvm inject memory --via`; left out: madvise'),
  tell: z.enum(INJECT_TELLS).describe('early: before the guest touches it; late: when it does'),
  severity: z.enum(INJECT_SEVERITIES).optional().describe('Of the record, with via: record'),
  size: size.optional().describe('Left out: one page of the backing'),
  storm: z
    .boolean()
    .optional()
    .describe(
      "Without pauses, pages that follow one another at once: the guest's kernel does not print all of the records",
    ),
})
  .refine(({ page, gpa }) => (page === undefined) !== (gpa === undefined), 'must have page or gpa')
  .describe("The host loses pages of the guest's memory");

export const poison = verb({
  schema,
  byTheHost: true,
  names({ page }, names) {
    if (page !== undefined) names.usePages(page, 'page');
  },
});
