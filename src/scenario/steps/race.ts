import { judgeTouch } from '../judge/expect-touch.ts';
import type { StepRun } from './step.ts';

export const race: StepRun<'race'> = async (given, context) => {
  const { pages: names, how = 'read', expect } = context.values.resolve(given);
  const pages = names.map((name) => context.values.page(name));
  const count = pages.filter((page) => context.values.lossOf(page)).length;
  if (count > 0) await context.space({ count });
  context.say(`${names.join(', ')} are touched at the same time (${how})`);
  const touches = await context.guest.race(pages, how);
  if (expect === undefined) return;
  for (const [i, touch] of touches.entries())
    context.judged(judgeTouch(`${names[i]}, ${how}`, pages[i]!, expect, touch));
};
