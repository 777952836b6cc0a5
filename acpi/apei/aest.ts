/** Arm Error Source Table: ACPI for the Arm RAS Extensions, Arm DEN0085, revisions 1 (1.1) and 2 (2.0) of the table. */

import {
  array,
  ascii,
  bits,
  bytes,
  type Codec,
  flag,
  list,
  type Member,
  type Role,
  rest,
  struct,
  u8,
  u16,
  u32,
  u64,
  union,
} from '../struct.ts';
import { header } from '../tables/header.ts';

const SOURCE = 'Arm DEN0085';

export const AestInterfaceType = {
  SystemRegister: 0,
  MemoryMapped: 1,
  /** Revision 2. */
  SingleRecordMemoryMapped: 2,
} as const;

export const AestGroupFormat = { Group4K: 0, Group16K: 1, Group64K: 2 } as const;

export const AestInterruptType = { FaultHandling: 0, ErrorRecovery: 1 } as const;

/** Types of nodes; PCIe and proxy nodes are of revision 2. */
export const AestNodeType = {
  Processor: 0,
  Memory: 1,
  Smmu: 2,
  Vendor: 3,
  Gic: 4,
  Pcie: 5,
  Proxy: 6,
} as const;

export const AestGicInterface = { Cpu: 0, Distributor: 1, Redistributor: 2, Its: 3 } as const;

// ---- Processor resources

const resource = {
  reserved: u8.reserved(),
  flags: bits(8, {
    global: flag(0, 'The resource is that of all processors'),
    shared: flag(1, 'The resource is shared by the processors that the affinity names'),
  })
    .default({})
    .doc('Whose resource it is'),
  revision: u8.default(0).doc('Revision of this part'),
  affinity: u64.default(0n).doc('Processors that share it, in the form of MPIDR_EL1'),
};

export const AestCacheResource = struct(
  'AEST cache',
  {
    type: u8.constant(0).doc('A cache'),
    ...resource,
    cacheReference: u32.doc('The cache: its structure in the PPTT'),
    reserved2: u32.reserved(),
  },
  { source: SOURCE },
);

export const AestTlbResource = struct(
  'AEST TLB',
  {
    type: u8.constant(1).doc('A TLB'),
    ...resource,
    tlbLevel: u32.doc('Level of the TLB, seen from the processor'),
    reserved2: u32.reserved(),
  },
  { source: SOURCE },
);

export const AestGenericResource = struct(
  'AEST generic resource',
  {
    type: u8.constant(2).doc('Anything else'),
    ...resource,
    data: rest.doc('What the vendor says of it, usually 4 bytes'),
  },
  { source: SOURCE },
);

export const AestResource = union(
  'AEST processor resource',
  { tag: 1 },
  { cache: AestCacheResource, tlb: AestTlbResource, generic: AestGenericResource },
);

// ---- Interfaces

const records = {
  address: u64.default(0n).doc('Base address of the error group; 0 for system registers'),
  recordIndex: u32.default(0).doc('First error record of the node'),
  recordCount: u32.default(1).doc('Error records of the node, those that are not implemented included'),
};

const interfaceFlags = {
  shared: flag(0, 'Several processors have the interface; otherwise each has its own'),
  clearMisc: flag(1, 'The guest clears ERR<n>MISC<m> when it has handled an error'),
};

const BITMAPS = {
  implemented: 'Bit n clear: record n of the group is implemented',
  statusReporting: 'Bit n clear: record n is reported by ERRGSR',
  addressingMode: 'Bit n clear: ERR<n>ADDR holds a system physical address; set: one of the node',
} as const;

/** Interface of revision 1: 48 bytes. Error groups have 4 KiB. */
export const AestInterfaceV1 = struct(
  'AEST interface (revision 1)',
  {
    type: u8.values(AestInterfaceType).doc('How the error records are read'),
    groupFormat: u8.values(AestGroupFormat).constant(AestGroupFormat.Group4K).doc('Size of the group'),
    reserved: u16.reserved(),
    flags: bits(32, interfaceFlags).default({}).doc('Kind of the interface'),
    ...records,
    implemented: u64.default(0n).doc(BITMAPS.implemented),
    statusReporting: u64.default(0n).doc(BITMAPS.statusReporting),
    addressingMode: u64.default(0n).doc(BITMAPS.addressingMode),
  },
  { source: SOURCE },
);

/** Interface of revision 2 with bitmaps for the error records of a group. */
function interfaceV2<F extends number, M>(name: string, groupFormat: F, bitmap: Codec<M>, none: M) {
  return struct(
    `AEST interface (${name})`,
    {
      type: u8.values(AestInterfaceType).doc('How the error records are read'),
      groupFormat: u8.values(AestGroupFormat).constant(groupFormat).doc('Size of the group'),
      reserved: u16.reserved(),
      flags: bits(32, {
        ...interfaceFlags,
        errorNodeDeviceValid: flag(2, 'errorNodeDevice holds'),
        affinityType: flag(3, 'Affinity type: what kind of id processorAffinity is'),
        errorGroupValid: flag(4, 'errorGroupBase holds'),
        faultInjectionValid: flag(5, 'faultInjectionBase holds'),
        interruptConfigValid: flag(6, 'interruptConfigBase holds'),
      })
        .default({})
        .doc('Kind of the interface, and which members hold'),
      ...records,
      implemented: bitmap.default(none).doc(BITMAPS.implemented),
      statusReporting: bitmap.default(none).doc(BITMAPS.statusReporting),
      addressingMode: bitmap.default(none).doc(BITMAPS.addressingMode),
      errorNodeDevice: u32.default(0).doc('_UID of the error node device, ARMHE000'),
      processorAffinity: u32.default(0).doc('Processors that the node is of'),
      errorGroupBase: u64.default(0n).doc('Base address of the error group registers'),
      faultInjectionBase: u64.default(0n).doc('Base address of the fault injection registers'),
      interruptConfigBase: u64.default(0n).doc('Base address of the interrupt configuration registers'),
    },
    { source: SOURCE },
  );
}

/** 80 bytes: up to 64 records a group. */
export const AestInterface4K = interfaceV2('4 KiB group', AestGroupFormat.Group4K, u64, 0n);
/** 152 bytes: up to 256 records a group. */
export const AestInterface16K = interfaceV2(
  '16 KiB group',
  AestGroupFormat.Group16K,
  array(u64, 4) as Codec<bigint[]>,
  Array<bigint>(4).fill(0n),
);
/** 392 bytes: up to 896 records a group. */
export const AestInterface64K = interfaceV2(
  '64 KiB group',
  AestGroupFormat.Group64K,
  array(u64, 14) as Codec<bigint[]>,
  Array<bigint>(14).fill(0n),
);

// ---- Interrupts

const interrupt = {
  type: u8.values(AestInterruptType).doc('What the interrupt says'),
  reserved: u16.reserved(),
  flags: bits(8, { level: flag(0, 'Level triggered, else edge') })
    .default({})
    .doc('How it is signalled'),
  gsiv: u32.doc('GSIV of an SPI or PPI; 0 with MSIs'),
};

/** Interrupt of revision 1: 12 bytes. */
export const AestInterruptV1 = struct(
  'AEST interrupt (revision 1)',
  {
    ...interrupt,
    itsGroup: u8.default(0).doc('With MSIs: identifier of the ITS group node in the IORT'),
    reserved2: bytes(3).reserved(),
  },
  { source: SOURCE },
);

/** Interrupt of revision 2: 12 bytes. */
export const AestInterrupt = struct(
  'AEST interrupt',
  { ...interrupt, reserved2: u32.reserved() },
  { source: SOURCE },
);

// ---- Nodes

const interfaces = {
  1: union('AEST interface', { tag: 1, tagAt: 1 }, { group4K: AestInterfaceV1 }),
  2: union(
    'AEST interface',
    { tag: 1, tagAt: 1 },
    { group4K: AestInterface4K, group16K: AestInterface16K, group64K: AestInterface64K },
  ),
};

/** Bytes of what every node begins with. */
const NODE_HEADER_SIZE = 44;

type Fields = Readonly<Record<string, Member<unknown, never, Role>>>;

/** The nodes of a revision of the table, which has these interfaces, interrupts and vendor's ids. */
function nodes<X, XI, I, II, H extends Fields>(
  revision: string,
  access: Codec<X, XI>,
  interrupts: Codec<I[], readonly II[]>,
  hid: H,
) {
  /** @param specific what the type has of its own; further parts of variable length may end it */
  const node = <const T extends number, const S extends Fields>(name: string, type: T, specific: S) =>
    struct(
      `AEST ${name} node (revision ${revision})`,
      {
        type: u8.values(AestNodeType).constant(type).doc('Type of the node'),
        length: u16.byteLength().doc('Bytes of the node'),
        reserved: u8.reserved(),
        specificOffset: u32.usually(NODE_HEADER_SIZE).doc('Where the part of this type begins'),
        interfaceOffset: u32.offsetOf('interface').doc('Where the interface begins'),
        interruptOffset: u32.offsetOf('interrupts').doc('Where the interrupts begin'),
        interruptCount: u32.countOf('interrupts').doc('Number of interrupts'),
        timestampRate: u64.default(0n).doc('Hertz of the timestamp counter; 0: there is none'),
        reserved2: u64.reserved(),
        errorInjectionRate: u64.default(0n).doc('Hertz at which the error injection counter counts down'),
        ...specific,
        interface: access.doc('How the error records are reached'),
        interrupts: interrupts.default([]).doc('Interrupts that the node raises'),
      },
      { source: SOURCE },
    );
  return union(
    'AEST node',
    { tag: 1, length: { at: 1, size: 2 } },
    {
      processor: node('processor', AestNodeType.Processor, {
        processorId: u32
          .default(0)
          .doc('ACPI processor UID; of no meaning if the resource is global or shared'),
        resource: AestResource.doc('What of the processor the node is about'),
      }),
      memory: node('memory', AestNodeType.Memory, {
        proximityDomain: u32.doc('Proximity domain in the SRAT'),
      }),
      smmu: node('SMMU', AestNodeType.Smmu, {
        iortReference: u32.doc('The SMMU: its node in the IORT'),
        subcomponentReference: u32.default(0).doc('Part of it: a node in the IORT'),
      }),
      vendor: node('vendor', AestNodeType.Vendor, {
        ...hid,
        uid: u32.default(0).doc('_UID of the component'),
        data: bytes(16).default(new Uint8Array(16)).doc('What the vendor says of it'),
      }),
      gic: node('GIC', AestNodeType.Gic, {
        interfaceType: u32.values(AestGicInterface).doc('Part of the GIC'),
        instanceId: u32.default(0).doc('Which one: the id in its MADT structure'),
      }),
      pcie: node('PCIe', AestNodeType.Pcie, {
        iortReference: u32.doc('The root complex: its node in the IORT'),
      }),
      proxy: node('proxy', AestNodeType.Proxy, {
        nodeAddress: u64.doc('Address of the node that this one stands for'),
      }),
    },
  );
}

export const AestNodeV1 = nodes('1', interfaces[1], list(AestInterruptV1), {
  hid: u32.doc('_HID of the component, as a compressed EISA id'),
});
export const AestNode = nodes('2', interfaces[2], list(AestInterrupt), {
  hid: ascii(8).doc('_HID of the component'),
});

// ---- Tables

/** The header, with a revision that says which nodes follow. */
function aest<const R extends number, Out, In>(revision: R, nodes: Codec<Out[], readonly In[]>) {
  return struct(
    `AEST (revision ${revision})`,
    {
      ...header,
      signature: header.signature.constant('AEST'),
      revision: header.revision.constant(revision),
      nodes: nodes.doc('Error nodes'),
    },
    { title: `Arm Error Source Table, revision ${revision}`, source: SOURCE },
  );
}

export const AestV1 = aest(1, list(AestNodeV1));
export const AestV2 = aest(2, list(AestNode));

/**
 * The table by the revision in its header, as the revisions have other interfaces, interrupts and vendor nodes:
 * `{ kind: 'revision2', nodes: [...] }`. A table of another revision is kept byte by byte.
 */
export const Aest = union(
  'AEST',
  { tag: 1, tagAt: 8, length: { at: 4, size: 4 } },
  { revision1: AestV1, revision2: AestV2 },
);
