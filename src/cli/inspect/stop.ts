/** `rasvm stop`. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import type { RunningMachine } from '../../control/names.ts';
import { RasvmError } from '../../core/errors.ts';
import { parseCount } from '../../core/quantity.ts';
import { withMachine } from './machine.ts';
import { reaching } from './reach.ts';

const POLL = 20;
/** ms that a machine has to end itself on --kill before it gets SIGKILL. */
const KILL_PATIENCE = 3000;

export function stopCommand(): Command {
  const command = new Command('stop')
    .description(
      'Asks the guest to power off, as its power button would, and waits until the machine has ended.',
    )
    .argument('<name>', 'the machine')
    .option('--kill', 'end the machine without asking the guest')
    .option('--timeout <SECONDS>', 'how long to wait', '30');
  return reaching(command, async (name: string, options: { kill?: true; timeout: string }) => {
    const timeout = 1000 * parseCount(options.timeout, '--timeout', 1, 86_400);
    await withMachine(name, async (client, machine) => {
      if (options.kill) {
        await endBy(machine, () => client.stop('kill', KILL_PATIENCE), KILL_PATIENCE);
        if (machine.isAlive()) process.kill(machine.pid, 'SIGKILL');
        await waitForEnd(machine, timeout);
      } else {
        await endBy(machine, () => client.stop('powerdown', timeout), timeout);
      }
      if (!machine.isAlive()) return;
      throw new RasvmError(
        'CONTROL',
        `machine '${name}' has not ended in ${timeout / 1000} s; end it without asking the guest: rasvm stop ${name} --kill`,
      );
    });
  });
}

/** Asks, and waits for the end. The machine's refusal is thrown; its end before the answer is the aim. */
async function endBy(machine: RunningMachine, ask: () => Promise<void>, timeout: number): Promise<void> {
  const deadline = Date.now() + timeout;
  try {
    await ask();
  } catch (error) {
    // An end on the way cuts the connection a little before the process is gone.
    await waitForEnd(machine, Math.min(1000, Math.max(0, deadline - Date.now())));
    if (machine.isAlive() && Date.now() < deadline) throw error;
  }
  await waitForEnd(machine, Math.max(0, deadline - Date.now()));
}

async function waitForEnd(machine: RunningMachine, timeout: number): Promise<void> {
  for (const deadline = Date.now() + timeout; machine.isAlive() && Date.now() < deadline; ) await sleep(POLL);
}
