/** The tables that describe a platform: sizes and offsets of their specifications, and iasl's verdict. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as acpi from '@rasvm/acpi';
import {
  Affinity,
  Cedt,
  CxlStructure,
  Dbg2,
  type Encodable,
  Facs,
  Fadt,
  Gtdt,
  InterleaveWays,
  InterruptController,
  Iort,
  iortOffsets,
  Madt,
  Mcfg,
  memoryRegister,
  Pptt,
  ppttOffsets,
  RemappingNode,
  Rsdt,
  SerialInterface,
  Slit,
  Spcr,
  Srat,
  type Struct,
  TopologyNode,
} from '@rasvm/acpi';
import { assertIaslAgrees, hasIasl } from './iasl.ts';

/** Type and longest fixed size of each structure: ACPI 6.5 and the tables' own specifications. */
const SIZES = [
  [
    InterruptController,
    {
      localApic: [0, 8],
      ioApic: [1, 12],
      interruptSourceOverride: [2, 10],
      nmiSource: [3, 8],
      localApicNmi: [4, 6],
      localApicAddressOverride: [5, 12],
      ioSapic: [6, 16],
      localSapic: [7, 16],
      platformInterruptSource: [8, 16],
      localX2Apic: [9, 16],
      localX2ApicNmi: [10, 12],
      gicc: [11, 88],
      gicd: [12, 24],
      gicMsiFrame: [13, 24],
      gicr: [14, 16],
      gicIts: [15, 20],
      multiprocessorWakeup: [16, 24],
      corePic: [17, 15],
      lioPic: [18, 23],
      htPic: [19, 21],
      eioPic: [20, 13],
      msiPic: [21, 19],
      bioPic: [22, 17],
      lpcPic: [23, 14],
      rintc: [24, 36],
      imsic: [25, 16],
      aplic: [26, 36],
      plic: [27, 36],
      gicV5Irs: [28, 32],
      gicV5Its: [29, 16],
      gicV5ItsTranslateFrame: [30, 24],
    },
  ],
  [
    Affinity,
    {
      localApic: [0, 16],
      memory: [1, 40],
      localX2Apic: [2, 24],
      gicc: [3, 18],
      gicIts: [4, 12],
      genericInitiator: [5, 32],
      genericPort: [6, 32],
      rintc: [7, 20],
    },
  ],
  [TopologyNode, { processor: [0, 20], cache: [1, 28], id: [2, 30] }],
  [
    RemappingNode,
    {
      itsGroup: [0, 20],
      namedComponent: [1, 29],
      rootComplex: [2, 40],
      smmu: [3, 76],
      smmuV3: [4, 68],
      pmcg: [5, 40],
      reservedMemory: [6, 28],
      interruptWireBridge: [7, 26],
    },
  ],
  [CxlStructure, { chbs: [0, 32], cfmws: [1, 36], cxims: [2, 8], rdpas: [3, 17], csds: [4, 8] }],
  [acpi.PlatformTimer, { gtBlock: [0, 20], genericWatchdog: [1, 28] }],
] as const;

test('structures have the types and sizes of their specifications', () => {
  for (const [union, expected] of SIZES) {
    const found = Object.entries(union.variants).map(([kind, variant]) => {
      const { fields, size } = variant as unknown as Struct<never>;
      return [kind, [fields[0]!.constant, size]];
    });
    assert.deepEqual(Object.fromEntries(found), expected);
  }
});

test('lengths of earlier revisions', () => {
  assert.deepEqual(acpi.Gicc.lengths, [76, 80, 82, 88]);
  assert.deepEqual(acpi.MultiprocessorWakeup.lengths, [16, 24]);
  assert.deepEqual(acpi.CacheNode.lengths, [24, 28]);
  assert.deepEqual(acpi.RootComplexNode.lengths, [36, 40]);
  assert.deepEqual(acpi.SmmuV3Node.lengths, [60, 64, 68]);
  assert.deepEqual(acpi.PmcgNode.lengths, [32, 40]);
  assert.deepEqual(Spcr.lengths, [80, 88]);
  assert.deepEqual(Fadt.lengths, [116, 244, 268, 276]);
});

test('members stand where ACPICA has them', () => {
  const offsets = [
    [acpi.GtBlockTimer, { base: 4, el0Base: 12, gsiv: 20, virtualGsiv: 28, commonFlags: 36 }],
    [acpi.DebugDevice, { registerCount: 3, portType: 12, baseAddressOffset: 18, addressSizeOffset: 20 }],
    [
      acpi.SmmuNode,
      { base: 16, model: 32, globalInterruptOffset: 40, pmuInterruptOffset: 56, globalInterrupt: 60 },
    ],
    [
      acpi.SmmuV3Node,
      { vatosBase: 32, model: 40, syncGsiv: 56, proximityDomain: 60, deviceIdMappingIndex: 64 },
    ],
    [acpi.RootComplexNode, { ats: 24, segment: 28, addressSizeLimit: 32, pasid: 33, flags: 36 }],
    [acpi.MemoryAffinity, { proximityDomain: 2, base: 8, size: 16, flags: 28 }],
    [acpi.Rintc, { flags: 4, hartId: 8, uid: 16, externalControllerId: 20, imsicBase: 24, imsicSize: 32 }],
    [acpi.Aplic, { flags: 4, hardwareId: 8, idcCount: 16, gsivBase: 20, base: 24, size: 32 }],
    [acpi.Plic, { hardwareId: 4, sourceCount: 12, flags: 16, size: 20, base: 24, gsivBase: 32 }],
    [acpi.Cfmws, { base: 8, size: 16, interleaveWays: 24, granularity: 28, restrictions: 32, qtgId: 34 }],
    [Facs, { globalLock: 16, xFirmwareWakingVector: 24, version: 32, ospmFlags: 36 }],
    [Spcr, { baseAddress: 40, gsiv: 54, baudRate: 58, pciDeviceId: 64, uartClock: 76, preciseBaudRate: 80 }],
  ] as const;
  for (const [codec, expected] of offsets) {
    const { fields, name } = codec as unknown as Struct<never>;
    for (const [member, offset] of Object.entries(expected))
      assert.equal(fields.find((field) => field.name === member)?.offset, offset, `${name}.${member}`);
  }
  assert.equal(Facs.size, 64);
});

const nodes: Encodable<typeof RemappingNode>[] = [
  { kind: 'itsGroup', revision: 0, itsIds: [0, 1] },
  {
    kind: 'smmuV3',
    revision: 1,
    base: 0x0905_0000n,
    flags: { coherencyOverride: true },
    eventGsiv: 106,
    mappings: [{ idCount: 0xffff, outputReference: 48 }],
  },
  {
    kind: 'rootComplex',
    length: 36,
    revision: 0,
    memoryAccess: { cacheCoherent: 1, accessFlags: { coherentPath: true, cacheableAttributes: true } },
    segment: 0,
    addressSizeLimit: 0,
    mappings: [{ idCount: 0xffff, outputReference: 76 }],
  },
  {
    kind: 'namedComponent',
    revision: 0,
    deviceName: '\\_SB.DEV0',
    addressSizeLimit: 48,
    mappings: [{ idCount: 0, outputBase: 7, outputReference: 48, flags: { singleMapping: true } }],
  },
  {
    kind: 'smmu',
    revision: 1,
    base: 0x1000_0000n,
    span: 0x10000n,
    globalInterrupt: { gsiv: 40 },
    contextInterrupts: [{ gsiv: 41 }, { gsiv: 42, flags: { edge: true } }],
    pmuInterrupts: [{ gsiv: 43 }],
    mappings: [{ idCount: 15, outputReference: 48 }],
  },
  {
    kind: 'pmcg',
    revision: 1,
    page0Base: 0x1100_0000n,
    overflowGsiv: 50,
    nodeReference: 76,
    page1Base: 0x1101_0000n,
  },
];

const topology: Encodable<typeof TopologyNode>[] = [
  { kind: 'processor', flags: { physicalPackage: true }, privateResources: [64] },
  {
    kind: 'cache',
    flags: { sizeValid: true, cacheTypeValid: true },
    cacheSize: 0x10_0000,
    attributes: { cacheType: 2 },
  },
  { kind: 'processor', flags: { processorIdValid: true, leaf: true }, parent: 36, processorId: 0 },
  { kind: 'id', vendor: 'ARMH', level1: 1n },
];

test('references are offsets of the nodes in their table', () => {
  const starts = (bytes: Uint8Array, offsets: readonly number[]) => offsets.map((at) => bytes[at]);
  assert.deepEqual(iortOffsets(nodes).slice(0, 3), [48, 76, 164]);
  assert.deepEqual(starts(Iort.encode({ nodes }), iortOffsets(nodes)), [0, 4, 2, 1, 3, 5]);
  assert.deepEqual(ppttOffsets(topology), [36, 60, 84, 104]);
  assert.deepEqual(starts(Pptt.encode({ nodes: topology }), ppttOffsets(topology)), [0, 1, 0, 2]);
});

const distances = [
  [10, 20, 40],
  [20, 10, 255],
  [40, 255, 10],
];

const gtBlock = {
  kind: 'gtBlock',
  base: 0x2a81_0000n,
  timers: [
    { frame: 0, base: 0x2a82_0000n, gsiv: 91 },
    { frame: 1, base: 0x2a83_0000n, gsiv: 92, virtualGsiv: 93, commonFlags: { alwaysOn: true } },
  ],
} as const;

const timers = { nonSecureEl1Gsiv: 30, virtualEl1Gsiv: 27 };
const watchdog = {
  kind: 'genericWatchdog',
  refreshBase: 0x2a45_0000n,
  controlBase: 0x2a44_0000n,
  gsiv: 94,
  flags: { edge: true },
} as const;

const x86: Encodable<typeof InterruptController>[] = [
  { kind: 'localApic', uid: 0, apicId: 0 },
  { kind: 'ioApic', ioApicId: 0, base: 0xfec0_0000 },
  { kind: 'interruptSourceOverride', irq: 9, gsiv: 9, flags: { polarity: 1, trigger: 3 } },
  { kind: 'nmiSource', gsiv: 5 },
  { kind: 'localApicNmi', lint: 1 },
  { kind: 'localApicAddressOverride', base: 0xfee0_0000n },
  { kind: 'ioSapic', ioApicId: 1, base: 0xfed0_0000n },
  { kind: 'localSapic', processorId: 1, sapicId: 1, sapicEid: 0, uidText: '\\CPU0' },
  { kind: 'platformInterruptSource', interruptType: 3, sapicId: 0, sapicEid: 0, vector: 0, gsiv: 20 },
  { kind: 'localX2Apic', x2ApicId: 256, uid: 256 },
  { kind: 'localX2ApicNmi', lint: 1 },
];

/** What iasl 20200925 knows: the IORT to its nodes of 2018, the PPTT to revision 2, the SPCR to revision 2. */
const TABLES: [string, Uint8Array][] = [
  ['mcfg', Mcfg.encode({ allocations: [{ base: 0x40_1000_0000n, endBus: 255 }] })],
  ['iort', Iort.encode({ revision: 0, nodes })],
  ['pptt', Pptt.encode({ revision: 2, nodes: topology })],
  ['slit', Slit.encode({ distances })],
  [
    'srat',
    Srat.encode({
      affinities: [
        { kind: 'localApic', proximityDomainLow: 1, proximityDomainHigh: 2, apicId: 3 },
        {
          kind: 'memory',
          proximityDomain: 0,
          base: 0x4000_0000n,
          size: 0x4000_0000n,
          flags: { enabled: true, hotPluggable: true },
        },
        { kind: 'localX2Apic', proximityDomain: 1, x2ApicId: 256 },
        { kind: 'gicc', proximityDomain: 1, uid: 0 },
        { kind: 'gicIts', proximityDomain: 1, itsId: 0 },
        {
          kind: 'genericInitiator',
          proximityDomain: 2,
          deviceHandleType: 1,
          pciDevice: { bus: 3, deviceFunction: { device: 1 } },
        },
        {
          kind: 'genericInitiator',
          proximityDomain: 3,
          deviceHandleType: 0,
          acpiDevice: { hid: 'ACPI0016', uid: 1 },
        },
      ],
    }),
  ],
  [
    'dbg2',
    Dbg2.encode({
      devices: [
        {
          portSubtype: SerialInterface.Pl011,
          baseAddresses: [memoryRegister(0x0900_0000, 32)],
          addressSizes: [0x1000],
          namespaceString: '\\_SB.COM0',
        },
        {
          portSubtype: SerialInterface.Uart16550,
          baseAddresses: [memoryRegister(0x0901_0000, 8), memoryRegister(0x0902_0000, 8)],
          addressSizes: [8, 16],
          oemData: Uint8Array.from([1, 2, 3]),
        },
      ],
    }),
  ],
  ['gtdt', Gtdt.encode({ ...timers, platformTimers: [gtBlock, watchdog] })],
  ['madt', Madt.encode({ controllers: x86 })],
  ['rsdt', Rsdt.encode({ entries: [0x1000, 0x2000] })],
  ['facs', Facs.encode({ version: 2 })],
  ['fadt', Fadt.encode({ flags: { hardwareReduced: true } })],
];

for (const [name, bytes] of TABLES)
  test(`iasl agrees with the ${name.toUpperCase()}`, { skip: !hasIasl }, () => assertIaslAgrees(name, bytes));

test('a SLIT is a square', () => {
  const bytes = Slit.encode({ distances });
  assert.equal(bytes.length, 36 + 8 + 9);
  assert.deepEqual(Slit.decode(bytes).distances, distances);
  assert.equal(Slit.decode(bytes).localityCount, undefined);
  assert.throws(() => Slit.encode({ distances: [[10, 20], [20]] }), { code: 'VALUE', field: 'distances[1]' });
  assert.throws(() => Slit.encode({ distances: [[300]] }), { code: 'VALUE', field: 'distances[0][0]' });
  const cut = Slit.encode({ distances, localityCount: 2n });
  assert.equal(Slit.decode(cut).localityCount, 2n);
});

/** CFMWS of CXL 3.1, table 9-22, and the others of section 9.18.1; iasl 20200925 knows no CEDT. */
test('CEDT has what CXL 3.1 says', () => {
  const bytes = Cedt.encode({
    structures: [
      { kind: 'chbs', uid: 7, base: 0x1_0000_0000n, size: 0x1_0000n },
      {
        kind: 'cfmws',
        base: 0x10_0000_0000n,
        size: 0x2000_0000n,
        interleaveWays: InterleaveWays.Ways2,
        restrictions: { hostOnlyCoherent: true, volatile: true },
        targets: [7, 8],
      },
      { kind: 'cxims', xorMaps: [0x2020_900n] },
      { kind: 'rdpas', bdf: { bus: 1, device: 2, function: 3 }, protocol: 0, base: 5n },
      { kind: 'csds', capabilities: { noCleanWriteback: true } },
    ],
  });
  const hex = Buffer.from(bytes.subarray(36)).toString('hex');
  assert.equal(
    hex,
    `00002000${'07000000'}01000000${'00000000'}0000000001000000${'0000010000000000'}` +
      `01002c00${'00000000'}0000000010000000${'0000002000000000'}0100${'0000'}00000000${'0600'}0000${'0700000008000000'}` +
      `02001000${'0000'}00${'01'}0009020200000000` +
      `03001100${'0000'}1301${'00'}0500000000000000` +
      `04000800${'0200'}0000`,
  );
});

test('SPCR of revision 4 has a path and a precise baud rate', () => {
  const bytes = Spcr.encode({
    revision: 4,
    interfaceType: SerialInterface.Pl011,
    baseAddress: memoryRegister(0x0900_0000, 32),
    preciseBaudRate: 3_000_000,
    namespaceString: '\\_SB.COM0',
  });
  const view = new DataView(bytes.buffer);
  assert.equal(bytes.length, 88 + 10);
  assert.deepEqual(
    [view.getUint32(80, true), view.getUint16(84, true), view.getUint16(86, true)],
    [3_000_000, 10, 88],
  );
  assert.equal(Buffer.from(bytes.subarray(88)).toString(), '\\_SB.COM0\0');
  assert.equal(Spcr.decode(bytes).namespaceString, '\\_SB.COM0');
});

test('bytes between two forms of the SPCR are trailing ones, not a path that nothing tells of', () => {
  const bytes = Spcr.encode({ interfaceType: 3, baseAddress: memoryRegister(0x0900_0000, 32) });
  for (const more of [1, 4, 7]) {
    const longer = Uint8Array.from([...bytes, ...new Uint8Array(more).fill(0x41)]);
    longer[4] = longer.length;
    const table = Spcr.decode(longer, { checksum: 'keep' });
    assert.equal(table.namespaceString, undefined);
    assert.deepEqual(table.trailing, longer.subarray(bytes.length));
    assert.deepEqual(Spcr.encode(table), longer);
  }
});

test('IORT nodes of issue E: identifiers, root complexes of 40 bytes, reserved memory in either order', () => {
  const memory = {
    kind: 'reservedMemory',
    identifier: 9,
    flags: { remappingPermitted: true, attributes: acpi.RmrAttributes.NormalWriteBack },
    ranges: [{ base: 0x8000_0000n, size: 0x10_0000n }],
    mappings: [{ idCount: 0, outputReference: 48 }],
  } as const;
  const root = {
    kind: 'rootComplex',
    segment: 1,
    pasid: { maxWidth: 20 },
    flags: { pasidSupported: true },
  } as const;
  const bytes = Iort.encode({ nodes: [root, memory] });
  const view = new DataView(bytes.buffer);
  assert.deepEqual([bytes[8], view.getUint16(49, true), bytes[51]], [6, 40, 4]);
  assert.deepEqual([view.getUint16(81, true), view.getUint32(48 + 36, true) & 1], [20, 1]);
  // The node at 88: mappings behind the ranges, which begin at 28.
  assert.deepEqual([view.getUint32(88 + 12, true), view.getUint32(88 + 24, true)], [48, 28]);
  assert.equal(view.getUint32(88 + 16, true), 1 | (5 << 2));
  const swapped = Iort.encode({ nodes: [{ ...memory, mappingOffset: 28, rangeOffset: 48 }] });
  const [node] = Iort.decode(swapped).nodes;
  assert.ok(node?.kind === 'reservedMemory');
  assert.deepEqual([node.ranges[0]?.base, node.mappings[0]?.outputReference], [0x8000_0000n, 48]);
  assert.deepEqual(Iort.encode(Iort.decode(swapped)), swapped);
});

test('a named component is filled up to a multiple of 4', () => {
  const name = (deviceName: string) => RemappingNode.encode({ kind: 'namedComponent', deviceName }).length;
  assert.deepEqual([name('AB'), name('ABC'), name('\\_SB.DEV0')], [32, 36, 40]);
});

test('a FADT of ACPI 1.0 and of 2.0 is read', () => {
  for (const [revision, length] of [
    [1, 116],
    [3, 244],
  ] as const) {
    const bytes = Fadt.encode({ revision, length, sciInterrupt: 9 });
    assert.equal(bytes.length, length);
    const fadt = Fadt.decode(bytes);
    assert.deepEqual([fadt.sciInterrupt, fadt.xDsdt], [9, length === 116 ? undefined : 0n]);
    assert.deepEqual(Fadt.encode(fadt), bytes);
  }
});
