/** The size of a page of this host's kernel. */

import { readFileSync } from 'node:fs';

/** AT_PAGESZ of the auxiliary vector (include/uapi/linux/auxvec.h); AT_NULL ends it. */
const AT = { NULL: 0n, PAGESZ: 6n } as const;
const ENTRY_LENGTH = 16;

/** @param auxv as /proc/self/auxv has it: pairs of 64-bit words, type and value. @returns bytes */
export function pageSizeOf(auxv: Uint8Array): number {
  const view = new DataView(auxv.buffer, auxv.byteOffset, auxv.byteLength);
  for (let at = 0; at + ENTRY_LENGTH <= view.byteLength; at += ENTRY_LENGTH) {
    const type = view.getBigUint64(at, true);
    if (type === AT.PAGESZ) return Number(view.getBigUint64(at + 8, true));
    if (type === AT.NULL) break;
  }
  throw new RangeError('the auxiliary vector has no AT_PAGESZ');
}

let known: number | undefined;

/** Bytes. */
export function pageSize(): number {
  known ??= pageSizeOf(readFileSync('/proc/self/auxv'));
  return known;
}
