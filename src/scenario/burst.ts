/** Many pages of a machine lost at once, by the host's own hand. */

import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { RasvmError } from '../errors.ts';

const CORRUPT_PFN = '/sys/kernel/debug/hwpoison/corrupt-pfn';
const PAGE_SIZE = 4096;

/** The page frame behind an address of a process (Documentation/admin-guide/mm/pagemap.rst: bits 0 to 54). */
function frameOf(pid: number, address: number): bigint {
  const fd = openSync(`/proc/${pid}/pagemap`, 'r');
  try {
    const entry = Buffer.alloc(8);
    readSync(fd, entry, 0, 8, (address / PAGE_SIZE) * 8);
    return entry.readBigUInt64LE() & ((1n << 55n) - 1n);
  } finally {
    closeSync(fd);
  }
}

/**
 * Loses pages while the process is stopped and takes no signal: all but the first that comes are dropped.
 * @param addresses in the process. @throws RasvmError CONTROL
 */
export function loseAtOnce(pid: number, addresses: readonly number[]): void {
  const frames = addresses.map((address) => frameOf(pid, address));
  if (frames.some((frame) => frame === 0n))
    throw new RasvmError('CONTROL', "a page has no frame: the host's page map needs CAP_SYS_ADMIN");
  process.kill(pid, 'SIGSTOP');
  try {
    for (const frame of frames) writeFileSync(CORRUPT_PFN, `${frame}`);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}
