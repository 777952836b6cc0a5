/** VMMs that scenarios are run on. */
export const VMM_NAMES = ['rasvm', 'qemu'] as const;
export type VmmName = (typeof VMM_NAMES)[number];

/** Where no other is requested. */
export const DEFAULT_VMM: VmmName = 'rasvm';
