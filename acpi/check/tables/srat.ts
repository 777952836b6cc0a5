/** Rules for SRAT and SLIT: ACPI 6.5, sections 5.2.16 and 5.2.17, and what Linux takes. */

import type { Decoded } from '../../struct.ts';
import { LOCAL_DISTANCE, type Slit } from '../../tables/slit.ts';
import type { Srat } from '../../tables/srat.ts';
import { ALL_KERNELS, kinds } from '../finding.ts';
import { overlaps, type Span } from '../overlap.ts';
import type { Report } from '../report.ts';

export const SRAT = kinds('specification', 'ACPI 6.5, 5.2.16', {
  SRAT_MEMORY_OVERLAP: { severity: 'error', meaning: 'Two ranges of memory overlap' },
  SRAT_MEMORY_EMPTY: { severity: 'warning', meaning: 'A range of memory is empty' },
  SRAT_DUPLICATE_PROCESSOR: { severity: 'error', meaning: 'A processor is in two affinity structures' },
  SLIT_LOCAL_DISTANCE: {
    severity: 'error',
    meaning: 'The distance of a locality to itself is not 10, or to another one not more',
    source: 'ACPI 6.5, 5.2.17',
  },
  SLIT_ASYMMETRIC: {
    severity: 'note',
    meaning: 'It is not as far from one locality to another as back',
    source: 'ACPI 6.5, 5.2.17',
  },
});

export const LINUX_SLIT = kinds('linux', 'Linux drivers/acpi/numa/srat.c', {
  LINUX_SLIT_INVALID: {
    severity: 'error',
    meaning: 'The whole SLIT is not used ("SLIT table looks invalid. Not used.")',
    kernels: ALL_KERNELS,
  },
});

export function checkSrat(report: Report, { affinities }: Decoded<typeof Srat>): void {
  const uids = new Map<number, number>();
  const ranges: Span[] = [];
  for (const [i, affinity] of affinities.entries()) {
    const path = `affinities[${i}]`;
    if (affinity.kind === 'gicc' && affinity.flags.enabled) {
      if (uids.has(affinity.uid))
        report.tell(
          SRAT.SRAT_DUPLICATE_PROCESSOR,
          `${path}.uid`,
          `${affinity.uid} is in affinities[${uids.get(affinity.uid)}]`,
        );
      else uids.set(affinity.uid, i);
    } else if (affinity.kind === 'memory' && affinity.flags.enabled) {
      if (affinity.size === 0n) report.tell(SRAT.SRAT_MEMORY_EMPTY, `${path}.size`, 'is 0');
      else ranges.push({ path, start: affinity.base, end: affinity.base + affinity.size });
    }
  }
  for (const [{ path }, other] of overlaps(ranges))
    report.tell(SRAT.SRAT_MEMORY_OVERLAP, `${path}.base`, `is inside ${other.path}`);
}

export function checkSlit(report: Report, { distances }: Decoded<typeof Slit>): void {
  for (const [from, row] of distances.entries())
    for (const [to, distance] of row.entries()) {
      const path = `distances[${from}][${to}]`;
      if (from === to ? distance !== LOCAL_DISTANCE : distance <= LOCAL_DISTANCE) {
        report.tell(SRAT.SLIT_LOCAL_DISTANCE, path, `is ${distance}`);
        report.tell(LINUX_SLIT.LINUX_SLIT_INVALID, '', `distances[${from}][${to}] is ${distance}`);
      } else if (from < to && distance !== distances[to]![from])
        report.tell(SRAT.SLIT_ASYMMETRIC, path, `is ${distance}, and back it is ${distances[to]![from]}`);
    }
}
