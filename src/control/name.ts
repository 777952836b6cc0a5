/** What a machine may be called. */

import { RasvmError } from '../core/errors.ts';

const NAME = /^[a-z0-9][a-z0-9-]{0,40}$/;

export function isName(name: string): boolean {
  return NAME.test(name);
}

/** Throws USAGE. */
export function checkName(name: string): string {
  if (isName(name)) return name;
  throw new RasvmError(
    'USAGE',
    `'${name}' is not a machine's name; use 1 to 41 of a-z, 0-9 and -, not starting with -`,
  );
}
