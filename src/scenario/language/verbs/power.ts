import { z } from 'zod';
import { MACHINE_STATES } from '../../../api/status.ts';
import { object } from '../../../input/yaml-file.ts';
import { verb } from './verb.ts';

export const reboot = verb({
  schema: z.null().describe('The guest reboots; goes on when it is up again'),
});

export const crash = verb({
  schema: z.null().describe('The guest is told to panic'),
});

export const stop = verb({
  schema: object({
    state: z
      .enum(MACHINE_STATES)
      .optional()
      .describe("The machine's state before that, as `rasvm status` says it"),
    kill: z.literal(true).optional().describe('Without asking the guest'),
  }).describe('As rasvm stop'),
  byTheHost: true,
});
