/** What a scenario expects of rasvm itself is not expected of other VMMs. */

import type { Expectation } from '../language/schema-expect.ts';
import type { Vmm } from '../vmm/vmm.ts';

/** Of its events, its status and its ledger. */
const OF_RASVM = [
  'told',
  'events',
  'noEvents',
  'status',
  'ledger',
] as const satisfies readonly (keyof Expectation)[];

/** The expectation without what this VMM does not report, and the names of what is left out. */
export function expectedOf(
  { reports }: Pick<Vmm, 'reports'>,
  wanted: Expectation,
): { expected: Expectation; leftOut: string[] } {
  if (reports) return { expected: wanted, leftOut: [] };
  const expected = { ...wanted };
  for (const member of OF_RASVM) delete expected[member];
  return { expected, leftOut: OF_RASVM.filter((member) => wanted[member] !== undefined) };
}
