/** Error numbers by name. */

import { constants } from 'node:os';

/** A page is lost, or the host has marked it as lost. Node.js does not name it (asm-generic/errno.h). */
export const EHWPOISON = 133;

/** The errno's name; `errno 999` for one without. */
export function errnoName(errno: number): string {
  if (errno === EHWPOISON) return 'EHWPOISON';
  const known = Object.entries(constants.errno).find(([, value]) => value === errno);
  return known?.[0] ?? `errno ${errno}`;
}
