/** The guest's RAM, with errors that say what to do where it cannot be had. */

import { RasvmError } from '../core/errors.ts';
import { MiB } from '../core/region.ts';
import type { Addon, GuestMemory, GuestMemoryOptions, NativeError } from '../native/binding.ts';

export interface GuestRamOptions {
  /** Guest RAM in bytes; a multiple of 64 KiB and of `hugePageSize`. */
  memory: number;
  /** Guest RAM is a memfd, for what must share it; otherwise anonymous memory. */
  shared: boolean;
  /** 0: ordinary pages, transparent huge pages where the host has them. */
  hugePageSize: GuestMemoryOptions['hugePageSize'];
}

/** @throws RasvmError MEMORY */
export function createGuestRam(addon: Addon, { memory, shared, hugePageSize }: GuestRamOptions): GuestMemory {
  try {
    return new addon.GuestMemory({ size: memory, backing: shared ? 'memfd' : 'anonymous', hugePageSize });
  } catch (cause) {
    const { code } = cause as NativeError;
    const size = `${memory / MiB} MiB`;
    if (hugePageSize !== 0) {
      const page = `${hugePageSize / MiB} MiB`;
      const count = Math.ceil(memory / hugePageSize);
      throw new RasvmError(
        'MEMORY',
        `${size} of guest RAM cannot be had in huge pages of ${page} (${code}): reserve ${count} of them, ` +
          `echo ${count} > /sys/kernel/mm/hugepages/hugepages-${hugePageSize / 1024}kB/nr_hugepages`,
        { cause },
      );
    }
    throw new RasvmError('MEMORY', `${size} of guest RAM cannot be had (${code}): give a smaller --memory`, {
      cause,
    });
  }
}
