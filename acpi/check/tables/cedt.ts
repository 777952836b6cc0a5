/** Rules for the CEDT: CXL 3.1, section 9.18.1. */

import type { Decoded } from '../../struct.ts';
import type { Cedt } from '../../tables/cedt.ts';
import { kinds } from '../finding.ts';
import type { Report } from '../report.ts';

export const CEDT = kinds('specification', 'CXL 3.1, 9.18.1', {
  CEDT_DUPLICATE_HOST_BRIDGE: { severity: 'error', meaning: 'Two CHBS structures are of one host bridge' },
  CEDT_WINDOW_ALIGNMENT: {
    severity: 'error',
    meaning: 'A window does not begin, or is not, a multiple of 256 MiB (its size: times the ways)',
    source: 'CXL 3.1, 9.18.1.3',
  },
  CEDT_WINDOW_TARGETS: {
    severity: 'error',
    meaning: 'A window has not as many targets as it has ways',
    source: 'CXL 3.1, 9.18.1.3',
  },
  CEDT_TARGET: {
    severity: 'error',
    meaning: 'A target of a window is no host bridge that has a CHBS structure',
    source: 'CXL 3.1, 9.18.1.3',
  },
});

/** Ways by their code. */
const WAYS: Readonly<Record<number, number>> = { 0: 1, 1: 2, 2: 4, 3: 8, 4: 16, 8: 3, 9: 6, 10: 12 };
const UNIT = 0x1000_0000n;

export function checkCedt(report: Report, { structures }: Decoded<typeof Cedt>): void {
  const bridges = new Map<number, number>();
  for (const [i, each] of structures.entries())
    if (each.kind === 'chbs') {
      if (bridges.has(each.uid))
        report.tell(
          CEDT.CEDT_DUPLICATE_HOST_BRIDGE,
          `structures[${i}].uid`,
          `${each.uid} is in structures[${bridges.get(each.uid)}]`,
        );
      else bridges.set(each.uid, i);
    }
  for (const [i, each] of structures.entries()) {
    if (each.kind !== 'cfmws') continue;
    const path = `structures[${i}]`;
    const ways = WAYS[each.interleaveWays];
    if (each.base % UNIT !== 0n || each.size === 0n || each.size % (UNIT * BigInt(ways ?? 1)) !== 0n)
      report.tell(
        CEDT.CEDT_WINDOW_ALIGNMENT,
        path,
        `0x${each.size.toString(16)} bytes at 0x${each.base.toString(16)}`,
      );
    if (ways !== undefined && ways !== each.targets.length)
      report.tell(
        CEDT.CEDT_WINDOW_TARGETS,
        `${path}.targets`,
        `are ${each.targets.length}, the ways ${ways}`,
      );
    for (const [j, target] of each.targets.entries())
      if (!bridges.has(target))
        report.tell(CEDT.CEDT_TARGET, `${path}.targets[${j}]`, `${target} has no CHBS`);
  }
}
