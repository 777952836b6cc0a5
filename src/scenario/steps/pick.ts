import { RasvmError } from '../../core/errors.ts';
import { type Page, sizeOfPage, wholeBlock } from '../guest/victim.ts';
import { matches } from '../language/matcher.ts';
import { bytesOf } from '../language/schema-values.ts';
import type { StepRun } from './step.ts';

export const pick: StepRun<'pick'> = (given, { values, say }) => {
  const { page, from, whole, gpa, after } = values.resolve(given);
  const all = values.pages(from);
  const wanted = after === undefined ? gpa : following(values.page(after));
  const found =
    whole === undefined ? all.find((each) => matches(each.gpa, wanted!)) : wholeBlock(all, bytesOf(whole));
  if (!found) throw new RasvmError('CONTROL', `none of the pages of ${from} is as asked for (pick ${page})`);
  say(`takes the page at 0x${found.gpa.toString(16)} of ${from} as ${page}`);
  values.name(page, [found]);
};

function following(page: Page): number {
  return page.gpa + sizeOfPage(page);
}
