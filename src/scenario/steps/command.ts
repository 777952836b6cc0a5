import { z } from 'zod';
import { object } from '../../input/yaml-file.ts';
import { matches } from '../judge/expect-value.ts';
import { check } from '../judge/verdict.ts';
import { duration, matcher, milliseconds, name } from '../language/schema-values.ts';
import { pace } from '../run/pace.ts';
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
  async run(given, { guest, values, say, judged }) {
    const { run, expect = {}, limit, as } = values.resolve(given);
    say(`the guest runs '${run}'`);
    const answer = await guest.command(
      run,
      limit === undefined ? undefined : pace.stretch(milliseconds(limit)),
    );
    if (as !== undefined) values.answer(as, answer);
    for (const [word, wanted] of Object.entries(expect)) {
      const got = answer.has(word) ? answer.text(word) : undefined;
      const seen = got === undefined ? undefined : { [word]: got };
      judged(check(`'${run}' gives ${word} ${wanted}`, matches(got, wanted), seen));
    }
  },
});
