/** The /chosen node that both kinds of device tree have (Devicetree Specification; Documentation/arch/arm64). */

import { RasvmError } from '../core/errors.ts';
import { type FdtValue, u64 } from '../core/fdt.ts';
import type { Region } from '../core/region.ts';

export interface ChosenOptions {
  /** The kernel's command line. */
  readonly bootargs: string;
  readonly initrd: Region | undefined;
  /** {@link SEED_SIZE} random bytes: the first eight for KASLR, the others for the random number generator. */
  readonly seed: Uint8Array;
}

const KASLR_SEED_SIZE = 8;
export const SEED_SIZE = KASLR_SEED_SIZE + 64;
/** COMMAND_LINE_SIZE of arm64, with its terminating zero. */
const COMMAND_LINE_SIZE = 2048;

/** @throws RasvmError USAGE for a command line that Linux would cut off */
export function chosenProperties(options: ChosenOptions): Record<string, FdtValue> {
  const length = Buffer.byteLength(options.bootargs);
  if (length >= COMMAND_LINE_SIZE || options.bootargs.includes('\0'))
    throw new RasvmError(
      'USAGE',
      `the kernel command line has ${length} bytes; arm64 Linux takes ${COMMAND_LINE_SIZE - 1}, none of them zero: ` +
        'shorten --append',
    );
  if (options.seed.length !== SEED_SIZE) throw new RangeError(`seed: ${options.seed.length} bytes`);
  const { initrd } = options;
  return {
    bootargs: options.bootargs,
    'kaslr-seed': options.seed.subarray(0, KASLR_SEED_SIZE),
    'rng-seed': options.seed.subarray(KASLR_SEED_SIZE),
    ...(initrd && {
      'linux,initrd-start': u64(initrd.base),
      'linux,initrd-end': u64(initrd.base + initrd.size),
    }),
  };
}
