/** Guest kernels that a lab's host has: the lab shows its cache of Debian kernels as /kernels. */

import { type Flavour, installedKernels } from '../../debian/kernel-cache.ts';

export interface GuestKernel {
  /** Such as 6.12. */
  series: string;
  /** Path of its Image. */
  path: string;
}

export const LAB_KERNELS = '/kernels';

/** Sorted by series, oldest first. */
export function labKernels(directory = LAB_KERNELS, flavour: Flavour = 'cloud-arm64'): GuestKernel[] {
  return installedKernels(flavour, directory).map(({ series, image }) => ({ series, path: image }));
}

/** The one that most is known of: 6.12 if it is there. */
export function preferredKernel(kernels: readonly GuestKernel[]): GuestKernel | undefined {
  return kernels.find(({ series }) => series === '6.12') ?? kernels.at(-1);
}
