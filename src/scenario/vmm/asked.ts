/** What a scenario expects of rasvm itself is not asked of other VMMs. */

import type { Expectation } from '../language/schema-expect.ts';
import type { Vmm } from './vmm.ts';

/** Of its events, its status and its ledger. */
const OF_RASVM = [
  'told',
  'events',
  'noEvents',
  'status',
  'ledger',
] as const satisfies readonly (keyof Expectation)[];

/** The expectation without what this VMM does not tell, and the names of that. */
export function askedOf(
  { tells }: Pick<Vmm, 'tells'>,
  wanted: Expectation,
): { asked: Expectation; notAsked: string[] } {
  if (tells) return { asked: wanted, notAsked: [] };
  const asked = { ...wanted };
  for (const member of OF_RASVM) delete asked[member];
  return { asked, notAsked: OF_RASVM.filter((member) => wanted[member] !== undefined) };
}
