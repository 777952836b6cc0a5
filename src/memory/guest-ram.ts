/** The guest's RAM, with errors that say what to do where it cannot be had. */

import { RasvmError } from '../core/errors.ts';
import { MiB } from '../core/region.ts';
import type { RunOptions } from '../machine/options.ts';
import type { Addon, GuestMemory, NativeError } from '../native/binding.ts';

export function createGuestRam(
  addon: Addon,
  { memory, shared, hugePageSize }: Pick<RunOptions, 'memory' | 'shared' | 'hugePageSize'>,
): GuestMemory {
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
