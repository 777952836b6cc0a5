import { pace } from '../guest/pace.ts';
import { check } from '../judge/check.ts';
import { matches } from '../language/matcher.ts';
import { milliseconds } from '../language/schema-values.ts';
import type { StepRun } from './step.ts';

export const command: StepRun<'command'> = async (given, { guest, values, say, judged }) => {
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
};
