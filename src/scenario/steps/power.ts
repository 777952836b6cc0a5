import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { MACHINE_STATES, type MachineState } from '../../api/status.ts';
import { object } from '../../input/yaml-file.ts';
import { check } from '../judge/verdict.ts';
import { pace } from '../run/pace.ts';
import type { GuestUnderTest } from './context.ts';
import { verb } from './verb.ts';

export const reboot = verb({
  schema: z.null().describe('The guest reboots; goes on when it is up again'),
  async run(_, { guest, say }) {
    say('the guest reboots');
    const from = guest.console.mark;
    guest.send('reboot');
    await guest.readyAgain(from);
    say('the guest is up again');
  },
});

export const crash = verb({
  schema: z.null().describe('The guest is told to panic'),
  run(_, { guest, say, harmed }) {
    say('the guest is told to panic');
    harmed();
    guest.send('crash');
  },
});

/** ms for the machine to come to the state that it is stopped in. */
const LIMIT = 20_000;
const POLL = 200;

export const stop = verb({
  schema: object({
    state: z
      .enum(MACHINE_STATES)
      .optional()
      .describe("The machine's state before that, as `rasvm status` says it"),
    kill: z.literal(true).optional().describe('Without asking the guest'),
  }).describe('As rasvm stop'),
  byTheHost: true,
  async run({ state, kill }, { guest, say, judged, harmed, patience }) {
    harmed();
    if (state !== undefined) {
      const deadline = performance.now() + pace.stretch(LIMIT * patience);
      let seen = await stateOf(guest);
      while (seen !== state && performance.now() < deadline) {
        await sleep(POLL);
        seen = await stateOf(guest);
      }
      judged(check(`the machine is ${state}`, seen === state, { state: seen }));
    }
    say('rasvm is told to stop the machine');
    await guest.stop(kill ? 'kill' : 'powerdown');
  },
});

async function stateOf(guest: GuestUnderTest): Promise<MachineState> {
  return (await guest.status()).state;
}
