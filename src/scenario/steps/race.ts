import { z } from 'zod';
import { object } from '../../input/yaml-file.ts';
import { TOUCH_KINDS } from '../guest/victim.ts';
import { judgeTouch } from '../judge/expect-touch.ts';
import { touchExpectation } from '../language/schema-expect.ts';
import { pageName } from '../language/schema-values.ts';
import { verb } from './verb.ts';

export const race = verb({
  schema: object({
    pages: z.array(pageName).min(2),
    how: z.enum(TOUCH_KINDS).exclude(['spin']).optional().describe('Left out: read'),
    expect: touchExpectation.optional().describe('Of each'),
  }).describe('Several victims touch a page each at the same time'),
  names({ pages }, names) {
    names.usePages(pages, 'pages');
  },
  async run(given, context) {
    const { pages: names, how = 'read', expect } = context.values.resolve(given);
    const pages = names.map((name) => context.values.page(name));
    const count = pages.filter((page) => context.values.lossOf(page)).length;
    if (count > 0) await context.space({ count });
    context.say(`${names.join(', ')} are touched at the same time (${how})`);
    const touches = await context.guest.race(pages, how);
    if (expect === undefined) return;
    for (const [i, touch] of touches.entries())
      context.judged(judgeTouch(`${names[i]}, ${how}`, pages[i]!, expect, touch));
  },
});
