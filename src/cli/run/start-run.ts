/** Where `rasvm run` runs its machine: in this process, or in the lab. */

import { needsLab } from '../../lab/decide.ts';
import { toLabChoice } from '../lab/lab-choice.ts';
import { parseExitWithParent, type RunValues, toRunOptions } from './run-options.ts';
import { givenValues } from './run-values.ts';

/** @returns the exit status */
export async function startRun(given: RunValues): Promise<number> {
  const { 'exit-with-parent': parent, ...values } = await givenValues(given);
  const options = toRunOptions(values);
  const choice = toLabChoice(values);
  const asked = parseExitWithParent(parent);
  // Of this process, also where the machine is in the lab: what it runs there ends with it.
  if (asked !== undefined) (await import('./exit-with-parent.ts')).exitWithParent(asked);
  if (needsLab(choice.mode)) return (await import('../lab/in-lab.ts')).runInLab(values, choice);
  if (options.kernel.startsWith('debian:'))
    options.kernel = await (await import('../shared/debian-kernel.ts')).debianKernel(options.kernel);
  const { runMachine } = await import('./run-machine.ts');
  return runMachine(options);
}
