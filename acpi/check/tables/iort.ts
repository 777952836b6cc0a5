/** Rules for the IORT: Arm DEN 0049E.f, and what Linux takes. */

import type { Decoded } from '../../struct.ts';
import type { Iort, RemappingNode } from '../../tables/iort.ts';
import { ALL_KERNELS, kinds } from '../finding.ts';
import { overlaps } from '../overlap.ts';
import type { Report } from '../report.ts';

export const IORT = kinds('specification', 'Arm DEN 0049E.f', {
  IORT_REFERENCE: { severity: 'error', meaning: 'A reference names no node' },
  IORT_REFERENCE_KIND: {
    severity: 'error',
    meaning: 'Ids go to a node that takes none: only SMMUs and ITS groups do',
  },
  IORT_MAPPING_OVERLAP: {
    severity: 'error',
    meaning: 'Two mappings of a node have ids that come in in common',
  },
  IORT_MAPPING_OFF_BY_ONE: {
    severity: 'note',
    meaning:
      'The last id of a mapping is the first of another: its count is the number of ids, and should be one less',
  },
  IORT_DEVICE_ID_INDEX: {
    severity: 'error',
    meaning: 'The mapping of its own device ids is none of the mappings of the SMMU',
  },
  IORT_EMPTY_ITS_GROUP: { severity: 'error', meaning: 'An ITS group has no ITS' },
  IORT_RANGE_ALIGNMENT: {
    severity: 'warning',
    meaning: 'A reserved memory range is empty, or not a multiple of 64 KiB',
  },
});

export const LINUX_IORT = kinds('linux', 'Linux drivers/acpi/arm64/iort.c', {
  LINUX_IORT_NULL_PARENT: {
    severity: 'error',
    meaning: 'A mapping to nowhere is not used ("ID map has NULL parent reference")',
    kernels: ALL_KERNELS,
  },
  LINUX_IORT_RMR_MAPPING: {
    severity: 'error',
    meaning:
      'Reserved memory ranges without a mapping are passed over ("Invalid ID mapping, skipping RMR node")',
    kernels: ALL_KERNELS,
  },
  LINUX_IORT_ADDRESS_LIMIT: {
    severity: 'warning',
    meaning: 'An address size limit of 0 is a fault ("missing memory address limit")',
    kernels: ALL_KERNELS,
  },
});

type Node = Decoded<typeof RemappingNode>;
type Mapping = Extract<Node, { kind: 'rootComplex' }>['mappings'][number];

export function checkIort(report: Report, { nodes }: Decoded<typeof Iort>): void {
  const byOffset = new Map<number, Node>();
  for (const [i, node] of nodes.entries()) {
    const place = report.places.get(`nodes[${i}]`);
    if (place !== undefined) byOffset.set(place.offset, node);
  }
  for (const [i, node] of nodes.entries()) {
    const path = `nodes[${i}]`;
    if (node.kind === 'unknown') continue;
    if (node.kind === 'itsGroup') {
      if (node.itsIds.length === 0) report.tell(IORT.IORT_EMPTY_ITS_GROUP, `${path}.itsIds`, 'are none');
      continue;
    }
    checkMappings(report, path, node.mappings, byOffset);
    if (node.kind === 'pmcg' && !byOffset.has(node.nodeReference))
      report.tell(IORT.IORT_REFERENCE, `${path}.nodeReference`, `no node begins at ${node.nodeReference}`);
    if (node.kind === 'smmuV3' && node.flags.deviceIdMappingValid) {
      const index = node.deviceIdMappingIndex ?? 0;
      if (index >= node.mappings.length)
        report.tell(
          IORT.IORT_DEVICE_ID_INDEX,
          `${path}.deviceIdMappingIndex`,
          `is ${index}, there are ${node.mappings.length} mappings`,
        );
    }
    if ((node.kind === 'rootComplex' || node.kind === 'namedComponent') && node.addressSizeLimit === 0)
      report.tell(LINUX_IORT.LINUX_IORT_ADDRESS_LIMIT, `${path}.addressSizeLimit`, 'is 0');
    if (node.kind === 'reservedMemory') {
      if (node.mappings.length === 0)
        report.tell(LINUX_IORT.LINUX_IORT_RMR_MAPPING, `${path}.mappings`, 'are none');
      for (const [j, { base, size }] of node.ranges.entries())
        if (size === 0n || base % 0x1_0000n !== 0n || size % 0x1_0000n !== 0n)
          report.tell(
            IORT.IORT_RANGE_ALIGNMENT,
            `${path}.ranges[${j}]`,
            `0x${size.toString(16)} bytes at 0x${base.toString(16)}`,
          );
    }
  }
}

function checkMappings(
  report: Report,
  path: string,
  mappings: readonly Mapping[],
  byOffset: ReadonlyMap<number, Node>,
): void {
  for (const [i, mapping] of mappings.entries()) {
    const own = `${path}.mappings[${i}]`;
    const { outputReference } = mapping;
    const target = byOffset.get(outputReference);
    if (target === undefined)
      report.tell(IORT.IORT_REFERENCE, `${own}.outputReference`, `no node begins at ${outputReference}`);
    else if (!['itsGroup', 'smmu', 'smmuV3', 'interruptWireBridge', 'unknown'].includes(target.kind))
      report.tell(
        IORT.IORT_REFERENCE_KIND,
        `${own}.outputReference`,
        `goes to a node of kind ${target.kind}`,
      );
    if (outputReference === 0)
      report.tell(LINUX_IORT.LINUX_IORT_NULL_PARENT, `${own}.outputReference`, 'is 0');
  }
  const spans = mappings
    .map(({ flags, inputBase, idCount }, i) => ({
      path: `${path}.mappings[${i}]`,
      start: BigInt(inputBase),
      end: flags.singleMapping ? 0n : BigInt(inputBase) + BigInt(idCount) + 1n,
    }))
    .filter(({ end }) => end > 0n);
  for (const [span, other] of overlaps(spans))
    if (span.start === other.end - 1n && span.start > other.start)
      report.tell(
        IORT.IORT_MAPPING_OFF_BY_ONE,
        `${other.path}.idCount`,
        `ends with the first id of ${span.path}`,
      );
    else report.tell(IORT.IORT_MAPPING_OVERLAP, span.path, `has ids of ${other.path}`);
}
