/** Processor Properties Topology Table: ACPI 6.5, section 5.2.30. */

import type { Encodable } from '../struct.ts';
import { ascii, bits, flag, list, range, struct, u8, u16, u32, u64, union } from '../struct.ts';
import { HEADER_SIZE, offsetsOf, table } from './header.ts';

/** Processor hierarchy node, section 5.2.30.1. */
export const ProcessorNode = struct(
  'Processor hierarchy node',
  {
    type: u8.constant(0).doc('Kind of structure'),
    length: u8.byteLength().doc('Bytes of this structure'),
    reserved: u16.reserved(),
    flags: bits(32, {
      physicalPackage: flag(0, 'The node is a physical package'),
      processorIdValid: flag(1, 'processorId holds'),
      thread: flag(2, 'The processor is a thread of its core (ACPI 6.3)'),
      leaf: flag(3, 'The node has no nodes below it (ACPI 6.3)'),
      identicalImplementation: flag(4, 'All below the node are of one implementation (ACPI 6.3)'),
    })
      .default({})
      .doc('What the node is'),
    parent: u32.default(0).doc('Offset in the table of the node above, 0 of a root'),
    processorId: u32.default(0).doc('_UID of the processor, or of the processor container'),
    privateResourceCount: u32.countOf('privateResources').doc('Number of private resources'),
    privateResources: list(u32).default([]).doc('Offsets in the table of the caches that belong to the node'),
  },
  { source: 'ACPI 6.5, 5.2.30.1' },
);

export const CacheAllocation = { Read: 0, Write: 1, ReadWrite: 2 } as const;
export const CacheType = { Data: 0, Instruction: 1, Unified: 2 } as const;
export const CacheWritePolicy = { WriteBack: 0, WriteThrough: 1 } as const;

/** Cache type structure, section 5.2.30.2: 28 bytes with `cacheId` (ACPI 6.4), else 24. */
export const CacheNode = struct(
  'Cache type structure',
  {
    type: u8.constant(1).doc('Kind of structure'),
    length: u8.byteLength().doc('Bytes of this structure'),
    reserved: u16.reserved(),
    flags: bits(32, {
      sizeValid: flag(0, 'cacheSize holds'),
      setsValid: flag(1, 'sets holds'),
      associativityValid: flag(2, 'associativity holds'),
      allocationValid: flag(3, 'attributes.allocation holds'),
      cacheTypeValid: flag(4, 'attributes.cacheType holds'),
      writePolicyValid: flag(5, 'attributes.writePolicy holds'),
      lineSizeValid: flag(6, 'lineSize holds'),
      cacheIdValid: flag(7, 'cacheId holds (ACPI 6.4)'),
    })
      .default({})
      .doc('Which of the members hold'),
    nextLevel: u32.default(0).doc('Offset in the table of the cache of the next level, 0 if there is none'),
    cacheSize: u32.default(0).doc('Size in bytes'),
    sets: u32.default(0).doc('Number of sets'),
    associativity: u8.default(0).doc('Number of ways'),
    attributes: bits(8, {
      allocation: range(0, 1, 'When a line is allocated', CacheAllocation),
      cacheType: range(2, 3, 'What is cached', CacheType),
      writePolicy: range(4, 4, 'When memory is written', CacheWritePolicy),
    })
      .default({})
      .doc('Kind of cache'),
    lineSize: u16.default(0).doc('Size of a line in bytes'),
    cacheId: u32.since(28).doc('Id of the cache, unique in the table, not 0 (ACPI 6.4)'),
  },
  { usualLength: 24, source: 'ACPI 6.5, 5.2.30.2' },
);

/** ID structure, which ACPI 6.3 deprecated: ACPI 6.2, section 5.2.29.3. */
export const IdNode = struct(
  'ID structure',
  {
    type: u8.constant(2).doc('Kind of structure'),
    length: u8.byteLength().doc('Bytes of this structure'),
    reserved: u16.reserved(),
    vendor: ascii(4).doc('ACPI vendor id'),
    level1: u64.default(0n).doc('Id of a processor family or the like, by the vendor'),
    level2: u64.default(0n).doc('Id of a processor or the like, by the vendor'),
    majorRevision: u16.default(0).doc('Major revision, by the vendor'),
    minorRevision: u16.default(0).doc('Minor revision, by the vendor'),
    spinRevision: u16.default(0).doc('Spin, by the vendor'),
  },
  { source: 'ACPI 6.2, 5.2.29.3' },
);

export const TopologyNode = union(
  'Processor topology structure',
  { tag: 1, length: { at: 1, size: 1 } },
  { processor: ProcessorNode, cache: CacheNode, id: IdNode },
);

/** Revision 3 (ACPI 6.4); caches that have an id are longer. */
export const Pptt = table(
  'PPTT',
  3,
  { nodes: list(TopologyNode).doc('Processors, from packages to threads, and caches') },
  { title: 'Processor Properties Topology Table', source: 'ACPI 6.5, 5.2.30' },
);

/** Offset in the table of each node: what `parent`, `privateResources` and `nextLevel` hold. */
export function ppttOffsets(nodes: readonly Encodable<typeof TopologyNode>[]): number[] {
  return offsetsOf(TopologyNode, HEADER_SIZE, nodes);
}
