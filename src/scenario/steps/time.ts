import { setTimeout } from 'node:timers/promises';
import { duration, milliseconds, name } from '../language/schema-values.ts';
import { verb } from './verb.ts';

export const sleep = verb({
  schema: duration,
  byTheHost: true,
  async run(time) {
    await setTimeout(milliseconds(time));
  },
});

export const mark = verb({
  schema: name.describe('A name for this moment, for since: in expectations'),
  byTheHost: true,
  names(given, names) {
    names.giveMark(given);
  },
  run(given, context) {
    context.mark(given);
  },
});
