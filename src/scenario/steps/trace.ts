import type { StepRun } from './step.ts';

export const trace: StepRun<'trace'> = async (events, { guest, say }) => {
  say(`the guest traces ${events.join(', ')}`);
  await guest.command(`trace on ${events.join(' ')}`);
};
