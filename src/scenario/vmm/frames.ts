/** Page frames of the host behind a process's memory. */

import { closeSync, openSync, readSync } from 'node:fs';
import { RasvmError } from '../../core/errors.ts';

const PAGE_SIZE = 4096;

/**
 * The page frame behind an address of a process (Documentation/admin-guide/mm/pagemap.rst: bits 0 to 54).
 * @throws RasvmError CONTROL when there is none to be seen
 */
export function frameOf(pid: number, address: number): bigint {
  const fd = openSync(`/proc/${pid}/pagemap`, 'r');
  try {
    const entry = Buffer.alloc(8);
    readSync(fd, entry, 0, 8, Math.floor(address / PAGE_SIZE) * 8);
    const frame = entry.readBigUInt64LE() & ((1n << 55n) - 1n);
    if (frame !== 0n) return frame;
  } finally {
    closeSync(fd);
  }
  throw new RasvmError('CONTROL', "a page has no frame: the host's page map needs CAP_SYS_ADMIN");
}
