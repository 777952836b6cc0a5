/** The SRAT of a machine with memory nodes. */

import { Srat } from '../tables/srat.ts';
import type { Machine } from './description.ts';
import { headerNames } from './names.ts';

export function sratOf(machine: Machine): Uint8Array | undefined {
  const { memory = [], processors } = machine;
  if (memory.length === 0) return undefined;
  return Srat.encode({
    ...headerNames(machine),
    affinities: [
      ...processors.map(({ uid, node = 0 }, index) => ({
        kind: 'gicc' as const,
        proximityDomain: node,
        uid: uid ?? index,
      })),
      ...memory.map(({ base, size, node = 0, hotPluggable = false, nonVolatile = false }) => ({
        kind: 'memory' as const,
        proximityDomain: node,
        base: BigInt(base),
        size: BigInt(size),
        flags: { enabled: true, hotPluggable, nonVolatile },
      })),
    ],
  });
}
