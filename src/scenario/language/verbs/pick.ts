import { object } from '../../../input/yaml-file.ts';
import { matcher, name, pageName, size } from '../schema-values.ts';
import { verb } from './verb.ts';

const schema = object({
  page: name.describe('The name of the page from here on'),
  from: name.describe('The name of several pages'),
  whole: size.optional().describe('The first page of a block of this size that belongs to the victim whole'),
  gpa: matcher.optional().describe('The one at this guest physical address'),
  after: pageName.optional().describe('The one that follows this page in guest memory'),
})
  .refine(
    ({ whole, gpa, after }) => [whole, gpa, after].filter((each) => each !== undefined).length === 1,
    'must have one of whole, gpa and after',
  )
  .describe('Names one page of several');

export const pick = verb({
  schema,
  names({ page, from, after }, names) {
    names.usePages(from, 'from');
    if (after !== undefined) names.usePages(after, 'after');
    names.givePage(page);
  },
});
