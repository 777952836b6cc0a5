/** memory_failure in the host on request: mm/hwpoison-inject.c. */

import { promises } from 'node:fs';
import { EHWPOISON } from '../core/errno.ts';
import { RasvmError } from '../core/errors.ts';
import type { NativeError } from '../native/binding.ts';
import type { BackingMemory } from './guest-map.ts';

export const CORRUPT_PFN = '/sys/kernel/debug/hwpoison/corrupt-pfn';

/** Makes the host lose the page frame behind an offset of guest RAM. Needs root and the module hwpoison-inject. */
export async function hostLosesFrame(memory: BackingMemory, offset: number): Promise<void> {
  // Only a page that is there has a frame of its own to lose.
  memory.populate(offset, memory.pageSize);
  const frame = memory.hostFrame(offset);
  if (frame === 0n) {
    throw new RasvmError(
      'CONTROL',
      'the page frame is not visible: --via hwpoison needs rasvm to run as root',
    );
  }
  await loseFrame(frame);
}

/** As by the host's own hardware. Needs root and the module hwpoison-inject. @throws RasvmError CONTROL */
export async function loseFrame(frame: bigint): Promise<void> {
  try {
    await promises.writeFile(CORRUPT_PFN, `${frame}`);
  } catch (cause) {
    const { code, errno } = cause as NativeError & NodeJS.ErrnoException;
    // The page is lost, and whoever has it is told; but its huge page could not be split.
    // memory_failure has marked the page, and could do no more.
    if (errno === -EHWPOISON) return;
    throw new RasvmError(
      'CONTROL',
      code === 'ENOENT'
        ? `${CORRUPT_PFN} is missing: modprobe hwpoison-inject, and mount debugfs`
        : `${CORRUPT_PFN} cannot be written (${code})`,
      { cause },
    );
  }
}
