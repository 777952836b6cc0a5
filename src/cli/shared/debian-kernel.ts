/**
 * `--kernel debian:SERIES`, with `-16k` (pages of 16 KiB) or `-rt` (real-time) behind it: a guest kernel by
 * name.
 */

import { guestKernelNamed } from '../../debian/kernel-cache.ts';
import { DEFAULT_KERNEL_SERIES, kernel } from '../../debian/kernels.ts';
import { terminalProgress } from '../../host/progress.ts';
import { LAB_KERNELS, labKernels } from '../../scenario/kernel/kernels.ts';

export const DEFAULT_GUEST_KERNEL = `debian:${DEFAULT_KERNEL_SERIES}`;

/**
 * Path of the Image that `--kernel` names; a path is given back as it is. What the lab shows as /kernels
 * comes first; else the newest of the series comes from the cache, or from the machine's Debian mirror.
 * @throws RasvmError USAGE, ARCHIVE
 */
export async function debianKernel(name: string): Promise<string> {
  if (!name.startsWith('debian:')) return name;
  const { series, flavour } = guestKernelNamed(name.slice('debian:'.length));
  const shown = labKernels(LAB_KERNELS, flavour).find((each) => each.series === series);
  if (shown) return shown.path;
  const progress = terminalProgress();
  try {
    return (await kernel(series, progress, flavour)).image;
  } finally {
    progress.end();
  }
}
