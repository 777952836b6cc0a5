/** Many pages of a machine lost at once, by the host's own hand. */

import { loseFrame } from '../../memory/hwpoison.ts';
import { frameOf } from '../vmm/frames.ts';

/**
 * Loses pages while the process is stopped and takes no signal: all but the first that comes are dropped.
 * @param addresses in the process. Rejects with CONTROL.
 */
export async function loseAtOnce(pid: number, addresses: readonly number[]): Promise<void> {
  const frames = addresses.map((address) => frameOf(pid, address));
  process.kill(pid, 'SIGSTOP');
  try {
    for (const frame of frames) await loseFrame(frame);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}
