/** The SDEI table of a machine with software delegated exceptions. */

import { Sdei } from '../apei/sdei.ts';
import type { Machine } from './description.ts';
import { headerNames } from './names.ts';

export function sdeiOf(machine: Machine): Uint8Array | undefined {
  return machine.errors?.sdei ? Sdei.encode(headerNames(machine)) : undefined;
}
