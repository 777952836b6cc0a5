/** The SLIT of a machine whose memory nodes are at different distances. */

import { AcpiError } from '../errors.ts';
import { Slit } from '../tables/slit.ts';
import type { Machine } from './description.ts';
import { headerNames } from './names.ts';

export function slitOf(machine: Machine): Uint8Array | undefined {
  const { distances, memory = [], processors } = machine;
  if (distances === undefined) return undefined;
  const last = Math.max(...[...memory, ...processors].map(({ node = 0 }) => node));
  if (distances.length <= last)
    throw new AcpiError('VALUE', `has ${distances.length} nodes, and there is a node ${last}`, 'distances');
  return Slit.encode({ ...headerNames(machine), distances });
}
