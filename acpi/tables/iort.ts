/** IO Remapping Table: Arm DEN 0049, issues E.a to E.f (and the IWB node of what follows). */

import type { Encodable } from '../struct.ts';
import { bits, flag, list, range, struct, text, u8, u16, u32, u64, union } from '../struct.ts';
import { HEADER_SIZE, offsetsOf, table } from './header.ts';

const source = 'Arm DEN 0049E.f';

/** Maps ids that come in to ids that go out to another node. */
export const IdMapping = struct(
  'ID mapping',
  {
    inputBase: u32.default(0).doc('First id that comes in; not looked at in a single mapping'),
    idCount: u32.doc('Number of ids, less one'),
    outputBase: u32.default(0).doc('First id that goes out'),
    outputReference: u32.doc('Offset in the table of the node that the ids go to'),
    flags: bits(32, { singleMapping: flag(0, 'One id goes out, that of the node itself') })
      .default({})
      .doc('Kind of mapping'),
  },
  { source },
);

/** How the accesses of a device to memory are, 8 bytes. */
export const MemoryAccessProperties = struct(
  'Memory access properties',
  {
    cacheCoherent: u32.default(0).doc('1: the device is fully coherent (_CCA)'),
    allocationHints: bits(8, {
      transient: flag(0, 'TR'),
      writeAllocate: flag(1, 'WA'),
      readAllocate: flag(2, 'RA'),
      override: flag(3, 'AHO: the hints stand in for those of the device'),
    })
      .default({})
      .doc('Cache allocation hints'),
    reserved: u16.reserved(),
    accessFlags: bits(8, {
      coherentPath: flag(0, 'CPM: the path to memory is coherent'),
      cacheableAttributes: flag(1, 'DACS: accesses are inner and outer write-back, shareable'),
      writeBackByPage: flag(2, 'CANWBS: coherent even where page tables say otherwise (issue E.f)'),
    })
      .default({})
      .doc('Memory access flags'),
  },
  { source },
);

/** What all nodes begin with; `revision` is the latest unless given. */
const node = (revision: number) => ({
  length: u16.byteLength().doc('Bytes of the node, mappings included'),
  revision: u8.default(revision).doc('Revision of the node'),
  identifier: u32.default(0).doc('Id of the node, unique in the table (issue E)'),
  mappingCount: u32.countOf('mappings').doc('Number of ID mappings'),
  mappingOffset: u32.offsetOf('mappings').doc('Where the ID mappings begin, from the start of the node'),
});

const mappings = list(IdMapping).default([]).doc('Where the ids of the node go to');
const memoryAccess = MemoryAccessProperties.default({}).doc('How accesses to memory are');
const addressSizeLimit = u8.default(64).doc('Bits of an address that the device can make');

/** ITS group: 20 bytes and 4 for each ITS. */
export const ItsGroupNode = struct(
  'ITS group',
  {
    type: u8.constant(0).doc('Kind of structure'),
    length: u16.byteLength().doc('Bytes of the node'),
    revision: u8.default(1).doc('Revision of the node'),
    identifier: u32.default(0).doc('Id of the node, unique in the table (issue E)'),
    mappingCount: u32.reserved(),
    mappingOffset: u32.reserved(),
    itsCount: u32.countOf('itsIds').doc('Number of ITSs'),
    itsIds: list(u32).doc('Ids of the ITSs, as the MADT has them'),
  },
  { source },
);

/** Named component: a device of the namespace. 29 bytes, its name filled up to a multiple of 4, and mappings. */
export const NamedComponentNode = struct(
  'Named component',
  {
    type: u8.constant(1).doc('Kind of structure'),
    ...node(4),
    flags: bits(32, {
      stall: flag(0, 'Transactions may stall'),
      pasidBits: range(1, 5, 'Width of a PASID in bits, 0 without'),
    })
      .default({})
      .doc('What the device can do'),
    memoryAccess,
    addressSizeLimit,
    deviceName: text(4, 29).doc('Path of the device in the namespace'),
    mappings,
  },
  { source },
);

/** Root complex: 36 bytes and mappings; 40 from revision 4 on (issue E.d). */
export const RootComplexNode = struct(
  'Root complex',
  {
    type: u8.constant(2).doc('Kind of structure'),
    ...node(4),
    memoryAccess,
    ats: bits(32, {
      supported: flag(0, 'ATS'),
      priSupported: flag(1, 'PRI (issue E)'),
      pasidForwarding: flag(2, 'PASIDs are passed on (issue E)'),
    })
      .default({})
      .doc('ATS attribute'),
    segment: u32.doc('PCI segment group'),
    addressSizeLimit,
    pasid: bits(16, { maxWidth: range(0, 4, 'Widest PASID in bits') })
      .default({})
      .doc('PASID capabilities (issue E.d)'),
    reserved: u8.reserved(),
    flags: bits(32, { pasidSupported: flag(0, 'PASIDs may be used') })
      .since(40)
      .doc('What the root complex can do (issue E.d)'),
    mappings,
  },
  { source },
);

export const SmmuModel = {
  SmmuV1: 0,
  SmmuV2: 1,
  CoreLinkMmu400: 2,
  CoreLinkMmu500: 3,
  CoreLinkMmu401: 4,
  CaviumThunderX: 5,
} as const;

const interruptFlags = bits(32, { edge: flag(0, 'Edge triggered, else level') });

/** Interrupt of an SMMUv1 or v2, 8 bytes. */
export const SmmuInterrupt = struct(
  'SMMU interrupt',
  {
    gsiv: u32.doc('GSIV'),
    flags: interruptFlags.default({}).doc('How it is triggered'),
  },
  { source },
);

/** SMMUv1 or v2: 76 bytes, interrupts and mappings. */
export const SmmuNode = struct(
  'SMMUv1 or v2',
  {
    type: u8.constant(3).doc('Kind of structure'),
    ...node(3),
    base: u64.doc('GPA of the SMMU'),
    span: u64.doc('Bytes that its registers take'),
    model: u32.values(SmmuModel).default(SmmuModel.SmmuV2).doc('Kind of SMMU'),
    flags: bits(32, {
      dvmSupported: flag(0, 'TLBs follow broadcast invalidations'),
      coherentWalk: flag(1, 'Page table walks are coherent'),
    })
      .default({})
      .doc('What the SMMU can do'),
    globalInterruptOffset: u32
      .usually(60)
      .doc('Where the global interrupts stand, from the start of the node'),
    contextInterruptCount: u32.countOf('contextInterrupts').doc('Number of context interrupts'),
    contextInterruptOffset: u32.offsetOf('contextInterrupts').doc('Where the context interrupts begin'),
    pmuInterruptCount: u32.countOf('pmuInterrupts').doc('Number of PMU interrupts'),
    pmuInterruptOffset: u32.offsetOf('pmuInterrupts').doc('Where the PMU interrupts begin'),
    globalInterrupt: SmmuInterrupt.default({ gsiv: 0 }).doc('SMMU_NSgIrpt'),
    configurationInterrupt: SmmuInterrupt.default({ gsiv: 0 }).doc(
      'SMMU_NSgCfgIrpt, GSIV 0 if there is none',
    ),
    contextInterrupts: list(SmmuInterrupt).default([]).doc('Interrupts of the context banks'),
    pmuInterrupts: list(SmmuInterrupt).default([]).doc('Interrupts of the performance monitors'),
    mappings,
  },
  { source },
);

export const SmmuV3Model = { Generic: 0, HiSiliconHi161x: 1, CaviumCn99xx: 2 } as const;
export const HttuOverride = { None: 0, AccessFlag: 1, AccessFlagAndDirtyState: 2 } as const;

/** SMMUv3: 68 bytes and mappings; 60 in revision 0, 64 without the index of the mapping of its own device ids. */
export const SmmuV3Node = struct(
  'SMMUv3',
  {
    type: u8.constant(4).doc('Kind of structure'),
    ...node(5),
    base: u64.doc('GPA of the SMMU'),
    flags: bits(32, {
      coherencyOverride: flag(0, 'COHACC override: coherent, whatever SMMU_IDR0 says'),
      httuOverride: range(1, 2, 'HTTU override: stands in for SMMU_IDR0.HTTU', HttuOverride),
      proximityDomainValid: flag(3, 'proximityDomain holds'),
      deviceIdMappingValid: flag(4, 'deviceIdMappingIndex holds (issue E.c)'),
    })
      .default({})
      .doc('What stands in for registers, and which members hold'),
    reserved: u32.reserved(),
    vatosBase: u64.default(0n).doc('GPA of the VATOS page, 0 if there is none'),
    model: u32.values(SmmuV3Model).default(SmmuV3Model.Generic).doc('Kind of SMMU'),
    eventGsiv: u32.default(0).doc('GSIV of the event queue, 0 without'),
    priGsiv: u32.default(0).doc('GSIV of the PRI queue, 0 without'),
    gerrGsiv: u32.default(0).doc('GSIV of global errors, 0 without'),
    syncGsiv: u32.default(0).doc('GSIV of CMD_SYNC, 0 without'),
    proximityDomain: u32.since(64).doc('Proximity domain'),
    deviceIdMappingIndex: u32.since(68).doc('Index in mappings of the mapping of its own device ids'),
    mappings,
  },
  { source },
);

/** Performance monitor counter group: 40 bytes and mappings; 32 in revision 0. */
export const PmcgNode = struct(
  'PMCG',
  {
    type: u8.constant(5).doc('Kind of structure'),
    ...node(2),
    page0Base: u64.doc('GPA of page 0'),
    overflowGsiv: u32.default(0).doc('GSIV of the overflow interrupt, 0 without'),
    nodeReference: u32.doc('Offset in the table of the node that is counted'),
    page1Base: u64.since(40).doc('GPA of page 1 (revision 1)'),
    mappings,
  },
  { source },
);

export const RmrAttributes = {
  DeviceNgNrnE: 0,
  DeviceNgNrE: 1,
  DeviceNgRE: 2,
  DeviceGRE: 3,
  NormalNonCacheable: 4,
  NormalWriteBack: 5,
} as const;

/** Reserved memory range, 20 bytes. */
export const MemoryRange = struct(
  'Memory range descriptor',
  {
    base: u64.doc('GPA of the range, a multiple of 64 KiB'),
    size: u64.doc('Bytes of the range, a multiple of 64 KiB'),
    reserved: u32.reserved(),
  },
  { source },
);

/** Reserved memory ranges: 28 bytes, ranges and mappings. */
export const ReservedMemoryNode = struct(
  'Reserved memory ranges',
  {
    type: u8.constant(6).doc('Kind of structure'),
    ...node(3),
    flags: bits(32, {
      remappingPermitted: flag(0, 'The ranges need not be mapped one to one'),
      privileged: flag(1, 'Accesses are privileged (issue E.d)'),
      attributes: range(2, 9, 'Memory attributes (issue E.d)', RmrAttributes),
    })
      .default({})
      .doc('How the ranges are to be mapped'),
    rangeCount: u32.countOf('ranges').doc('Number of ranges'),
    rangeOffset: u32.offsetOf('ranges').doc('Where the ranges begin, from the start of the node'),
    ranges: list(MemoryRange).doc('Memory that devices use without the knowledge of the guest'),
    mappings,
  },
  { source },
);

/** GICv5 interrupt wire bridge: 26 bytes, its name filled up, and mappings. */
export const InterruptWireBridgeNode = struct(
  'IWB',
  {
    type: u8.constant(7).doc('Kind of structure'),
    ...node(0),
    base: u64.doc('GPA of the bridge'),
    index: u16.doc('Index of the bridge, which GSIVs name it by'),
    deviceName: text(4, 26).doc('Path of the bridge in the namespace'),
    mappings,
  },
  { source: 'Arm DEN 0049, IWB node as ACPICA has it' },
);

export const RemappingNode = union(
  'IORT node',
  { tag: 1, length: { at: 1, size: 2 } },
  {
    itsGroup: ItsGroupNode,
    namedComponent: NamedComponentNode,
    rootComplex: RootComplexNode,
    smmu: SmmuNode,
    smmuV3: SmmuV3Node,
    pmcg: PmcgNode,
    reservedMemory: ReservedMemoryNode,
    interruptWireBridge: InterruptWireBridgeNode,
  },
);

/** Revision 6: issue E.e, whose layout E.f keeps. */
export const Iort = table(
  'IORT',
  6,
  {
    nodeCount: u32.countOf('nodes').doc('Number of nodes'),
    nodeOffset: u32.offsetOf('nodes').doc('Where the nodes begin, from the start of the table'),
    reserved: u32.reserved(),
    nodes: list(RemappingNode).doc('Devices, SMMUs and ITS groups'),
  },
  { title: 'IO Remapping Table', source },
);

/** Offset in the table of each node: what `outputReference` and `nodeReference` hold. */
export function iortOffsets(nodes: readonly Encodable<typeof RemappingNode>[]): number[] {
  return offsetsOf(RemappingNode, HEADER_SIZE + 12, nodes);
}
