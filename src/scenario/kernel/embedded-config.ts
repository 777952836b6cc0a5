/** The configuration that a kernel built with CONFIG_IKCONFIG=y has in its Image (kernel/configs.c). */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { openKernel } from '../../firmware/image.ts';
import { KernelConfig } from './ras-config.ts';

const BEGIN = 'IKCFG_ST';
const END = 'IKCFG_ED';

/** No .config comes near. */
const LONGEST = 16 * 2 ** 20;

/** @param image path of one that rasvm can boot. @returns undefined: there is none in it */
export function embeddedConfig(image: string): KernelConfig | undefined {
  const bytes = loaded(image);
  const begin = bytes.indexOf(BEGIN);
  const end = begin < 0 ? -1 : bytes.indexOf(END, begin);
  if (end < 0) return undefined;
  try {
    const text = gunzipSync(bytes.subarray(begin + BEGIN.length, end), { maxOutputLength: LONGEST });
    return new KernelConfig(text.toString());
  } catch {
    // The words stand there by chance, or the Image is damaged: the guest will tell.
    return undefined;
  }
}

/** The Image as a guest would have it in memory, uncompressed. */
function loaded(image: string): Buffer {
  const fd = openSync(image, 'r');
  try {
    const kernel = openKernel(fd, fstatSync(fd).size, image);
    const bytes = Buffer.alloc(kernel.loadSize);
    kernel.load(
      {
        write: (offset, source) => bytes.set(source, offset),
        readFile: (from, position, offset, length) => readSync(from, bytes, offset, length, position),
      },
      0,
    );
    return bytes;
  } finally {
    closeSync(fd);
  }
}
