/** What a process of the guest is made to say or do. */

import type { StepRun } from './step.ts';

export const mcekill: StepRun<'mcekill'> = async ({ victim, policy, thread }, { guest, say }) => {
  say(`${thread ? `a thread of ${victim}` : victim} wants to be told ${policy}`);
  await guest.command(`mcekill ${victim} ${policy}${thread ? ' thread' : ''}`);
};

export const pin: StepRun<'pin'> = async ({ victim, cpu }, { guest, say }) => {
  say(`${victim} runs on vCPU ${cpu}`);
  await guest.command(`pin ${victim} ${cpu}`);
};

export const fork: StepRun<'fork'> = async ({ pages, as, child }, { guest, values, say }) => {
  const theirs = [as].flat();
  const parents = [pages].flat().map((each) => values.page(each));
  const owner = child ?? theirs[0]!;
  say(`${parents[0]!.victim} has a child, ${owner}`);
  const got = await guest.fork(parents, owner);
  for (const [i, each] of theirs.entries()) values.name(each, [got[i]!]);
};

export const end: StepRun<'end'> = async (victim, { guest, say }) => {
  say(`${victim} ends`);
  await guest.command(`end ${victim}`);
};
