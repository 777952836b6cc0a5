/** `rasvm run --exit-with-parent`: the kernel ends this process when the one that started it ends, however that ends. */

import { constants } from 'node:os';
import { RasvmError } from '../../core/errors.ts';
import { loadAddon } from '../../native/load.ts';

/** What is asked of the system. */
export interface Parenthood {
  /** PID of the parent as it is now. */
  parent(): number;
  /** The signal that comes when it ends. */
  setSignal(signal: number): void;
}

const own = (): Parenthood => ({
  parent: () => process.ppid,
  setSignal: (signal) => loadAddon().setParentDeathSignal(signal),
});

/**
 * @param asked `on`, or the PID of the process that is to be the parent: it tells whether that ended before this was called
 * @throws RasvmError USAGE where the parent is another, as the one that is meant has ended; FILE without the addon
 */
export function exitWithParent(asked: 'on' | number, system = own()): void {
  const meant = asked === 'on' ? system.parent() : asked;
  system.setSignal(constants.signals.SIGKILL);
  // Only now: a parent that ended before the signal was set has sent none.
  const parent = system.parent();
  if (parent === meant) return;
  system.setSignal(0);
  throw new RasvmError(
    'USAGE',
    `--exit-with-parent: the parent is process ${parent} and not ${meant}, which has ended or is no parent of this one`,
  );
}
