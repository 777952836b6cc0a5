/** The BERT of a machine that keeps the error of its last boot. */

import { Bert } from '../apei/bert.ts';
import type { Machine } from './description.ts';
import { headerNames } from './names.ts';

export function bertOf(machine: Machine): Uint8Array | undefined {
  const boot = machine.errors?.boot;
  if (boot === undefined) return undefined;
  return Bert.encode({
    ...headerNames(machine),
    regionLength: Number(boot.size),
    regionAddress: BigInt(boot.base),
  });
}
