/** Page frames of the host behind a process's memory, and their loss by the host's own hand. */

import { closeSync, openSync, readSync } from 'node:fs';
import { RasvmError } from '../../core/errors.ts';
import { pageSize } from '../../host/page-size.ts';
import { loseFrame } from '../../memory/hwpoison.ts';

/** Bits 0 to 54 of an entry of the page map (Documentation/admin-guide/mm/pagemap.rst). */
const FRAME_MASK = (1n << 55n) - 1n;
const ENTRY_LENGTH = 8;

/** Where in a process's page map the entry of an address is. @param size bytes of a page of the host's */
export function entryOffset(address: number, size: number): number {
  return Math.floor(address / size) * ENTRY_LENGTH;
}

/** The page frame behind an address of a process. @throws RasvmError CONTROL when there is none to be seen */
export function frameOf(pid: number, address: number): bigint {
  const fd = openSync(`/proc/${pid}/pagemap`, 'r');
  try {
    const entry = Buffer.alloc(ENTRY_LENGTH);
    readSync(fd, entry, 0, ENTRY_LENGTH, entryOffset(address, pageSize()));
    const frame = entry.readBigUInt64LE() & FRAME_MASK;
    if (frame !== 0n) return frame;
  } finally {
    closeSync(fd);
  }
  throw new RasvmError('CONTROL', "a page has no frame: the host's page map needs CAP_SYS_ADMIN");
}

/**
 * Loses pages while the process is stopped and takes no signal: all but the first that comes are dropped.
 * @param addresses in the process. Rejects with CONTROL.
 */
export async function loseFramesOf(pid: number, addresses: readonly number[]): Promise<void> {
  const frames = addresses.map((address) => frameOf(pid, address));
  process.kill(pid, 'SIGSTOP');
  try {
    for (const frame of frames) await loseFrame(frame);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}
