import { setTimeout as sleep } from 'node:timers/promises';
import type { TouchResult } from '../guest/victim.ts';
import { judgeTouch } from '../judge/expect-touch.ts';
import type { StepRun } from './step.ts';

/** ms until a touch that is not waited for is taken to be under way: the guest does not say when it is. */
const UNDER_WAY = 2000;

export const touch: StepRun<'touch'> = async (given, context) => {
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
};
