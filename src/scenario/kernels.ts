/** Guest kernels that a lab's host has: the lab shows its cache of Debian kernels as /kernels. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface GuestKernel {
  /** Such as 6.12. */
  series: string;
  /** Path of its Image. */
  path: string;
}

export const LAB_KERNELS = '/kernels';

/** Sorted by series, oldest first. SERIES-cloud-arm64.version names the directory that holds the series' Image. */
export function labKernels(directory = LAB_KERNELS): GuestKernel[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .flatMap((name) => {
      const series = /^(\d+\.\d+)-cloud-arm64\.version$/.exec(name)?.[1];
      if (series === undefined) return [];
      const path = join(directory, readFileSync(join(directory, name), 'utf8').trim(), 'Image');
      return existsSync(path) ? [{ series, path }] : [];
    })
    .sort((a, b) => a.series.localeCompare(b.series, 'en', { numeric: true }));
}

/** The one that most is known of: 6.12 if it is there. */
export function preferredKernel(kernels: readonly GuestKernel[]): GuestKernel | undefined {
  return kernels.find(({ series }) => series === '6.12') ?? kernels.at(-1);
}
