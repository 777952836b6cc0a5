import { z } from 'zod';
import { object } from '../../../input/yaml-file.ts';
import { PAGE_KINDS } from '../../guest/victim.ts';
import { name } from '../schema-values.ts';
import { verb } from './verb.ts';

const schema = object({
  page: name.optional().describe('The name of the page, or of all pages if count is given'),
  pages: z.array(name).min(1).optional().describe('Names of pages that follow each other'),
  count: z.int().min(1).max(4096).optional(),
  kind: z.enum(PAGE_KINDS).optional().describe('Left out: anon'),
  victim: name.optional().describe('The process that has them; left out: one named as the first page'),
})
  .refine(({ page, pages }) => (page === undefined) !== (pages === undefined), 'must have page or pages')
  .refine(({ pages, count }) => pages === undefined || count === undefined, 'has count: give page, not pages')
  .describe('A process in the guest allocates pages and fills them');

export const allocate = verb({
  schema,
  names({ page, pages = [page!], count, victim }, names) {
    for (const each of pages) names.givePage(each, count);
    names.giveVictim(victim ?? pages[0]!);
  },
});
