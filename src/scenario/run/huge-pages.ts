/** Huge pages of the host, reserved for as long as a guest has them. */

import { readFileSync, writeFileSync } from 'node:fs';
import { RasvmError } from '../../core/errors.ts';
import { pageSize } from '../../host/page-size.ts';

/** Beside the guest's own: those that it loses, and gets back at a reset, come from there. */
const SPARE = { '2M': 4, '1G': 1 } as const;
const KIB = { '2M': 2048, '1G': 1048576 } as const;

/** Bytes of a page of guest RAM's backing. */
export function backingPageOf({ hugepages }: { hugepages?: '2M' | '1G' | undefined }): number {
  return hugepages === undefined ? pageSize() : KIB[hugepages] * 1024;
}

/**
 * Guests beside each other add to the same pool.
 * @returns what gives them back. @throws RasvmError MEMORY when the host has not so many
 */
export function reserveHugePages(size: '2M' | '1G', bytes: number): () => void {
  const pool = `/sys/kernel/mm/hugepages/hugepages-${KIB[size]}kB/nr_hugepages`;
  const count = () => Number(readFileSync(pool, 'utf8'));
  const wanted = Math.ceil(bytes / (KIB[size] * 1024)) + SPARE[size];
  try {
    const before = count();
    writeFileSync(pool, `${before + wanted}`);
    const got = count() - before;
    const giveBack = () => writeFileSync(pool, `${Math.max(0, count() - got)}`);
    if (got >= wanted) return giveBack;
    giveBack();
  } catch (cause) {
    throw new RasvmError('MEMORY', `huge pages of ${size} cannot be reserved: ${(cause as Error).message}`, {
      cause,
    });
  }
  throw new RasvmError('MEMORY', `the host has not ${wanted} huge pages of ${size} to give`);
}
