/** Random bytes from the kernel. node:crypto has them too, but its loading costs start-up 8 ms. */

import { closeSync, openSync, readSync } from 'node:fs';

export function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const fd = openSync('/dev/urandom', 'r');
  try {
    for (let filled = 0; filled < length; ) filled += readSync(fd, bytes, filled, length - filled, null);
  } finally {
    closeSync(fd);
  }
  return bytes;
}
