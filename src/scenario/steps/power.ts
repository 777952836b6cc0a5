import { setTimeout as sleep } from 'node:timers/promises';
import type { MachineState } from '../../api/status.ts';
import { pace } from '../guest/pace.ts';
import type { GuestUnderTest } from '../guest/under-test.ts';
import { check } from '../judge/check.ts';
import type { StepRun } from './step.ts';

export const reboot: StepRun<'reboot'> = async (_, { guest, say }) => {
  say('the guest reboots');
  const from = guest.console.mark;
  guest.send('reboot');
  await guest.readyAgain(from);
  say('the guest is up again');
};

export const crash: StepRun<'crash'> = (_, { guest, say, harmed }) => {
  say('the guest is told to panic');
  harmed();
  guest.send('crash');
};

/** ms for the machine to come to the state that it is stopped in. */
const LIMIT = 20_000;
const POLL = 200;

export const stop: StepRun<'stop'> = async ({ state, kill }, { guest, say, judged, harmed, patience }) => {
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
};

async function stateOf(guest: GuestUnderTest): Promise<MachineState> {
  return (await guest.status()).state;
}
