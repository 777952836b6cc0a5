/** VMMs that scenarios are run on. */
export const VMM_NAMES = ['rasvm', 'qemu'] as const;
export type VmmName = (typeof VMM_NAMES)[number];

/** Where nothing else is asked for. */
export const DEFAULT_VMM: VmmName = 'rasvm';
