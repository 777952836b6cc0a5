/** What a process of the guest says of itself. */

import { z } from 'zod';
import { object } from '../../input/yaml-file.ts';
import { name } from '../schema-values.ts';
import { verb } from './verb.ts';

export const mcekill = verb({
  schema: object({
    victim: name,
    policy: z.enum(['early', 'late', 'default']),
  }).describe('A process says by PR_MCE_KILL when it wants to be told'),
  names({ victim }, names) {
    names.useVictim(victim);
  },
  async run({ victim, policy }, { guest, say }) {
    say(`${victim} wants to be told ${policy}`);
    await guest.command(`mcekill ${victim} ${policy}`);
  },
});

export const pin = verb({
  schema: object({ victim: name, cpu: z.int().min(0).max(63) }).describe('A process runs on one vCPU only'),
  names({ victim }, names) {
    names.useVictim(victim);
  },
  async run({ victim, cpu }, { guest, say }) {
    say(`${victim} runs on vCPU ${cpu}`);
    await guest.command(`pin ${victim} ${cpu}`);
  },
});
