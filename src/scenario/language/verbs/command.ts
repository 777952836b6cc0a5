import { z } from 'zod';
import { object } from '../../../input/yaml-file.ts';
import { duration, matcher, name } from '../schema-values.ts';
import { verb } from './verb.ts';

export const command = verb({
  schema: object({
    run: z.string().min(1).describe('A command of the test program in the guest (native/guest)'),
    expect: z.record(z.string(), matcher).optional().describe('Words of its answer'),
    limit: duration.optional().describe('How long its answer may take; left out: 45s'),
    as: name.optional().describe('A name for the answer, to refer to its words by'),
  }).describe('A command in the guest'),
  names({ as }, names) {
    if (as !== undefined) names.giveAnswer(as);
  },
});
