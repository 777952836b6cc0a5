import { RasvmError } from '../../core/errors.ts';
import { object } from '../../input/yaml-file.ts';
import { type Page, sizeOfPage, wholeBlock } from '../guest/victim.ts';
import { matches } from '../judge/expect-value.ts';
import { bytesOf, matcher, name, pageName, size } from '../language/schema-values.ts';
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
  run(given, { values, say }) {
    const { page, from, whole, gpa, after } = values.resolve(given);
    const all = values.pages(from);
    const wanted = after === undefined ? gpa : following(values.page(after));
    const found =
      whole === undefined ? all.find((each) => matches(each.gpa, wanted!)) : wholeBlock(all, bytesOf(whole));
    if (!found)
      throw new RasvmError('CONTROL', `none of the pages of ${from} is as asked for (pick ${page})`);
    say(`takes the page at 0x${found.gpa.toString(16)} of ${from} as ${page}`);
    values.name(page, [found]);
  },
});

function following(page: Page): number {
  return page.gpa + sizeOfPage(page);
}
