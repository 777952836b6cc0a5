/** Rules for the MCFG: PCI Firmware Specification 3.3, section 4.1.2. */

import type { Decoded } from '../../struct.ts';
import type { Mcfg } from '../../tables/mcfg.ts';
import { kinds } from '../finding.ts';
import { overlaps, type Span } from '../overlap.ts';
import type { Report } from '../report.ts';

export const MCFG = kinds('specification', 'PCI Firmware 3.3, 4.1.2', {
  MCFG_BUSES: { severity: 'error', meaning: 'The first bus is behind the last' },
  MCFG_OVERLAP: {
    severity: 'error',
    meaning: 'Two configuration spaces have a bus of one segment in common',
  },
  MCFG_ADDRESS: {
    severity: 'error',
    meaning: 'A configuration space is at address 0, or not at a multiple of 1 MiB',
  },
});

export function checkMcfg(report: Report, { allocations }: Decoded<typeof Mcfg>): void {
  for (const [i, { base, startBus, endBus }] of allocations.entries()) {
    const path = `allocations[${i}]`;
    if (startBus > endBus)
      report.tell(MCFG.MCFG_BUSES, `${path}.endBus`, `is ${endBus}, startBus ${startBus}`);
    if (base === 0n || base % 0x10_0000n !== 0n)
      report.tell(MCFG.MCFG_ADDRESS, `${path}.base`, `is 0x${base.toString(16)}`);
  }
  const segments = new Map<number, Span[]>();
  for (const [i, { segment, startBus, endBus }] of allocations.entries()) {
    const spans = segments.get(segment) ?? [];
    segments.set(segment, spans);
    spans.push({ path: `allocations[${i}]`, start: BigInt(startBus), end: BigInt(endBus) + 1n });
  }
  for (const spans of segments.values())
    for (const [{ path }, other] of overlaps(spans))
      report.tell(MCFG.MCFG_OVERLAP, path, `has buses of ${other.path}`);
}
