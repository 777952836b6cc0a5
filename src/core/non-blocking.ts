/** Terminals and pipes, written without a write(2) that blocks. */

import { constants, fstatSync, openSync } from 'node:fs';

/** Device number of /dev/ptmx (Documentation/admin-guide/devices.txt): to open it makes a terminal. */
const PTMX = 0x502;

/**
 * Opens the terminal or pipe behind a descriptor once more: O_NONBLOCK of a descriptor that is shared with other processes
 * would be theirs too.
 * @returns undefined for what is neither, and where it cannot be opened (another user's)
 */
export function openNonBlocking(fd: number): number | undefined {
  try {
    const stats = fstatSync(fd);
    if (!stats.isFIFO() && !(stats.isCharacterDevice() && stats.rdev !== PTMX)) return undefined;
    const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
    return openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return undefined;
  }
}
