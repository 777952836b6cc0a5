import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { object } from '../../input/yaml-file.ts';
import { TOUCH_KINDS, type TouchResult } from '../guest/victim.ts';
import { judgeTouch } from '../judge/expect-touch.ts';
import { touchExpectation } from '../language/schema-expect.ts';
import { pageName } from '../language/schema-values.ts';
import { verb } from './verb.ts';

/** ms until a touch that is not waited for is taken to be under way: the guest does not say when it is. */
const UNDER_WAY = 2000;

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
  async run(given, context) {
    const { page: name, how = 'read', expect, threads, wait } = context.values.resolve(given);
    const page = context.values.page(name);
    if (context.values.lossOf(page)) await context.space({});
    const judge = (result: TouchResult, thread = '') => {
      if (expect !== undefined) context.judged(judgeTouch(`${name}, ${how}${thread}`, page, expect, result));
    };
    if (threads !== undefined) {
      context.say(`${threads} threads of ${page.victim} touch ${name} (${how})`);
      const results = await context.guest.crowd(page, how, threads);
      for (const [i, result] of results.entries()) judge(result, `, thread ${i}`);
      return;
    }
    context.say(`${page.victim} touches ${name} (${how})`);
    const ended = context.guest.touch(page, how);
    if (wait !== false) return judge(await ended);
    // One of which nothing is expected may be the guest's end.
    const silent: TouchResult = { outcome: 'silent' };
    context.goesOn({ ended: expect === undefined ? ended.catch(() => silent) : ended, judge });
    await sleep(UNDER_WAY);
  },
});
