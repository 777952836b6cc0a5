import { duration, name } from '../schema-values.ts';
import { verb } from './verb.ts';

export const sleep = verb({ schema: duration, byTheHost: true });

export const mark = verb({
  schema: name.describe('A name for this moment, for since: in expectations'),
  byTheHost: true,
  names(given, names) {
    names.giveMark(given);
  },
});
