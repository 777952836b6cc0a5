import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  AcpiError,
  AerBridge,
  AerDevice,
  AerRootPort,
  Bert,
  CorrectedMachineCheck,
  DeferredMachineCheck,
  decodeDescribedErrors,
  decodeHardwareErrors,
  decodeTable,
  type Encodable,
  ErrorStatusBlock,
  encodeHardwareErrors,
  Ghes,
  GhesV2,
  Hest,
  hardwareErrorsHest,
  MachineCheck,
  MachineCheckBank,
  memoryRegister,
  NonMaskableInterrupt,
  Notification,
  NotificationType,
  Ras2,
  Ras2AddressTranslation,
  Ras2Channel,
  Ras2PatrolScrub,
  Ras2SharedMemory,
  Rasf,
  RasfPatrolScrub,
  RasfSharedMemory,
  Sdei,
  Severity,
} from '@rasvm/acpi';
import { hex } from './hex.ts';
import { assertIaslAgrees, hasIasl } from './iasl.ts';
import { assertLayout } from './layout.ts';

test('HEST structures have the sizes and offsets of ACPI 6.5, 18.3.2', () => {
  assertLayout(MachineCheckBank, 28, {
    clearStatusOnInit: 1,
    controlMsr: 4,
    controlInitData: 8,
    miscMsr: 24,
  });
  assertLayout(MachineCheck, 40, { flags: 6, globalCapabilityInitData: 16, bankCount: 32 });
  assertLayout(CorrectedMachineCheck, 48, { flags: 6, notification: 16, bankCount: 44 });
  assertLayout(DeferredMachineCheck, 48, { flags: 6, notification: 16, bankCount: 44 });
  assertLayout(NonMaskableInterrupt, 20, { recordsToPreallocate: 8, maxRawDataLength: 16 });
  const aer = {
    flags: 6,
    enabled: 7,
    bus: 16,
    device: 20,
    function: 22,
    deviceControl: 24,
    uncorrectableMask: 28,
  };
  assertLayout(AerDevice, 44, { ...aer, capabilitiesAndControl: 40 });
  assertLayout(AerRootPort, 48, { ...aer, rootErrorCommand: 44 });
  assertLayout(AerBridge, 56, {
    ...aer,
    secondaryUncorrectableMask: 44,
    secondaryCapabilitiesAndControl: 52,
  });
  const ghes = { relatedSourceId: 4, errorStatusAddress: 20, notification: 32, errorStatusBlockLength: 60 };
  assertLayout(Ghes, 64, ghes);
  assertLayout(GhesV2, 92, { ...ghes, readAck: 64, readAckPreserve: 76, readAckWrite: 84 });
  assertLayout(Notification, 28, { writable: 2, pollInterval: 4, vector: 8, errorThresholdWindow: 24 });
});

type Source = Encodable<typeof Hest>['sources'][number];

const register = memoryRegister(0x4000_0000, 64);
const banks = [
  { bank: 0, statusMsr: 0x401, controlMsr: 0x400, addressMsr: 0x402, miscMsr: 0x403 },
  { bank: 4, statusMsr: 0x411, statusFormat: 1, clearStatusOnInit: 1, controlInitData: ~0n & 0xffffn },
];
const notification = { type: NotificationType.Polled, pollInterval: 5000 };
const generic = { errorStatusAddress: register, errorStatusBlockLength: 4096 };

/** One of each type, with the bytes that it takes. */
const SOURCES: readonly (readonly [number, Source])[] = [
  [
    40 + 2 * 28,
    { kind: 'machineCheck', sourceId: 0, flags: { firmwareFirst: true, ghesAssist: true }, banks },
  ],
  [48 + 2 * 28, { kind: 'correctedMachineCheck', sourceId: 1, notification, banks }],
  [20, { kind: 'nonMaskableInterrupt', sourceId: 2, maxRawDataLength: 64 }],
  [
    48,
    {
      kind: 'aerRootPort',
      sourceId: 3,
      flags: { firmwareFirst: true },
      bus: { number: 3, segment: 0x1234 },
      device: 1,
      deviceControl: 7,
      rootErrorCommand: 7,
    },
  ],
  [44, { kind: 'aerDevice', sourceId: 4, uncorrectableSeverity: 0x0046_2030 }],
  [56, { kind: 'aerBridge', sourceId: 5, secondaryUncorrectableMask: 0x17a8 }],
  [64, { kind: 'ghes', sourceId: 6, relatedSourceId: 3, notification, ...generic }],
  [92, { kind: 'ghesV2', sourceId: 7, notification: { type: 8 }, readAck: register, ...generic }],
  [48 + 28, { kind: 'deferredMachineCheck', sourceId: 8, notification, banks: banks.slice(0, 1) }],
  [40, { kind: 'machineCheck', sourceId: 9 }],
];
const sources = SOURCES.map(([, source]) => source);

test('a HEST holds every type of source, each as long as its banks make it', () => {
  const hest = Hest.encode({ sources });
  assert.equal(hest.length, 40 + SOURCES.reduce((sum, [size]) => sum + size, 0));
  const decoded = Hest.decode(hest);
  assert.deepEqual(
    decoded.sources.map(({ kind }) => kind),
    sources.map(({ kind }) => kind),
  );
  const [first, second] = decoded.sources;
  assert.ok(first?.kind === 'machineCheck' && second?.kind === 'correctedMachineCheck');
  assert.deepEqual(
    [first.banks, second.banks].map((list) => list.map(({ bank, statusMsr }) => [bank, statusMsr])),
    Array(2).fill([
      [0, 0x401],
      [4, 0x411],
    ]),
  );
  assert.equal(hex(Hest.encode(decoded)), hex(hest));
});

test('flags, bus and segment stand where the specification has them', () => {
  const root = AerRootPort.encode({
    sourceId: 0,
    flags: { global: true },
    bus: { number: 0x56, segment: 0x1234 },
  });
  // iasl knows no more than FIRMWARE_FIRST here, and drops the rest.
  assert.equal(root[6], 2);
  assert.equal(hex(root.subarray(16, 20)), '56341200');
});

test('more banks than there is room for are an error, and so is a cut source', () => {
  const hest = Hest.encode({ sources: sources.slice(0, 1) });
  hest[40 + 32] = 3;
  assert.throws(() => Hest.decode(hest, { checksum: 'keep' }), {
    code: 'TRUNCATED',
    field: 'sources[0].banks[2]',
  });
});

test('an undefined type takes the rest of the table', () => {
  for (const type of [3, 4, 5, 12]) {
    const data = Uint8Array.from([type, 0, 1, 0, 5, 6, 7]);
    const hest = Hest.encode({ sources: [...sources.slice(0, 2), { kind: 'unknown', data }] });
    assert.deepEqual(Hest.decode(hest).sources[2], { kind: 'unknown', data });
  }
});

test('BERT, SDEI, RASF and RAS2 have the sizes and offsets of their specifications', () => {
  assertLayout(Bert, 48, { regionLength: 36, regionAddress: 40 });
  assertLayout(Sdei, 36, {});
  assertLayout(Rasf, 48, { channelId: 36 });
  assertLayout(RasfSharedMemory, 48, {
    command: 4,
    status: 6,
    version: 8,
    capabilities: 10,
    setCapabilities: 26,
  });
  assertLayout(RasfSharedMemory, 48, { parameterBlockCount: 42, setCapabilitiesStatus: 44 });
  assertLayout(RasfPatrolScrub, 43, {
    command: 6,
    requestedBase: 8,
    actualBase: 24,
    flags: 40,
    requestedSpeed: 42,
  });
  assertLayout(Ras2, 40, { reserved: 36, channelCount: 38 });
  assertLayout(Ras2Channel, 8, { channelId: 0, featureType: 3, instance: 4 });
  assertLayout(Ras2SharedMemory, 48, { features: 10, parameterBlockCount: 42, setCapabilitiesStatus: 44 });
  assertLayout(Ras2PatrolScrub, 312, { requestedBase: 8, actualBase: 24, flags: 40, rates: 44, request: 48 });
  assert.deepEqual(Ras2PatrolScrub.lengths, [52, 312]);
  assertLayout(Ras2AddressTranslation, 36, {
    subInstance: 8,
    logicalAddress: 16,
    physicalAddress: 24,
    status: 32,
  });
});

test('the memory of a RAS2 channel has its parameter blocks by type, and says how many they are', () => {
  const memory = Ras2SharedMemory.encode({
    command: { command: 1, notify: true },
    features: { patrolScrub: true },
    parameterBlocks: [
      { kind: 'patrolScrub', command: 1, rates: { current: 24, minimum: 1, maximum: 48 } },
      { kind: 'patrolScrub', command: 1, extendedParameters: 1, rateDescription: 'hours' },
      { kind: 'addressTranslation', logicalAddress: 0x1000n },
    ],
  });
  assert.equal(memory.length, 48 + 52 + 312 + 36);
  assert.equal(hex(memory.subarray(0, 6)), '325341520180');
  assert.equal(memory[42], 3);
  assert.equal(hex(memory.subarray(48 + 44, 48 + 48)), '18013000');
  const more = new Uint8Array(memory.length + 100);
  more.set(memory);
  const { parameterBlocks } = Ras2SharedMemory.decode(more);
  assert.deepEqual(
    parameterBlocks.map(({ kind }) => kind),
    ['patrolScrub', 'patrolScrub', 'addressTranslation'],
    'what stands behind them in the channel is not theirs',
  );
});

test('the bits of a RASF patrol scrubber', () => {
  const block = RasfPatrolScrub.encode({
    command: 2,
    flags: { running: true, speed: 4 },
    requestedSpeed: { speed: 7 },
  });
  assert.equal(hex(block.subarray(40)), '090007');
});

describe('hardware_errors', () => {
  const notifications = [{ type: NotificationType.Sea }, { type: NotificationType.GpioSignal }];
  const base = 0x43da_0000;
  const block = ErrorStatusBlock.encode({
    severity: Severity.Recoverable,
    entries: [{ severity: Severity.Recoverable, section: { kind: 'memory', physicalAddress: 0x4000_5000n } }],
  });

  test('the HEST of a machine of QEMU 10.2', () => {
    const hest = Hest.encode({
      oemId: 'BOCHS',
      oemTableId: 'BXPC',
      creatorId: 'BXPC',
      sources: hardwareErrorsHest({ notifications, base }),
    });
    assert.match(createHash('sha256').update(hest).digest('hex'), /^cbeedb62/);
  });

  test('pointers, acknowledgements and blocks stand one after the other', () => {
    const area = Buffer.from(encodeHardwareErrors({ base, sources: [{}, { readAck: 0n, block }] }));
    assert.equal(area.length, 2 * (16 + 1024));
    assert.deepEqual(
      [0, 8, 16, 24].map((at) => area.readBigUInt64LE(at)),
      [BigInt(base + 32), BigInt(base + 32 + 1024), 1n, 0n],
    );
    const decoded = decodeHardwareErrors(area);
    assert.deepEqual(
      decoded.map(({ address, readAck }) => [address, readAck]),
      [
        [BigInt(base + 32), 1n],
        [BigInt(base + 32 + 1024), 0n],
      ],
    );
    assert.equal(hex(decoded[1]!.block.subarray(0, block.length)), hex(block));
    const [entry] = ErrorStatusBlock.decode(decoded[1]!.block).entries;
    assert.deepEqual(entry?.section, { kind: 'memory', physicalAddress: 0x4000_5000n });
  });

  test('the HEST says the same, and more: whose block it is', () => {
    const area = encodeHardwareErrors({ base, sources: [{}, { block }] });
    const hest = Hest.decode(Hest.encode({ sources: hardwareErrorsHest({ notifications, base }) }));
    const without = decodeHardwareErrors(area);
    assert.deepEqual(
      decodeDescribedErrors(area, hest),
      without.map((source, sourceId) => ({ sourceId, ...source })),
    );
  });

  test('an area that another VMM laid out is found by its HEST: pointers, blocks elsewhere, registers outside', () => {
    const area = Buffer.alloc(0x3000);
    area.writeBigUInt64LE(BigInt(base + 0x2000), 0);
    area.writeBigUInt64LE(BigInt(base + 0x1000), 8);
    block.forEach((byte, i) => {
      area[0x2000 + i] = byte;
    });
    const at = (offset: number) => memoryRegister(base + offset, 64);
    const source = (sourceId: number, pointer: number) =>
      ({
        kind: 'ghesV2',
        sourceId,
        errorStatusAddress: at(pointer),
        notification: { type: 8 },
        errorStatusBlockLength: 0x1000,
        readAck: memoryRegister(0x0908_0000, 64),
      }) as const;
    const hest = Hest.decode(Hest.encode({ sources: [source(7, 0), source(5, 8), ...sources.slice(0, 4)] }));
    const found = decodeDescribedErrors(area, hest);
    assert.deepEqual(
      found.map(({ sourceId, address, readAck, block }) => [sourceId, address, readAck, block.length]),
      [
        [7, BigInt(base + 0x2000), undefined, 0x1000],
        [5, BigInt(base + 0x1000), undefined, 0x1000],
      ],
    );
    assert.equal(ErrorStatusBlock.decode(found[0]!.block).entries.length, 1);
    assert.equal(decodeDescribedErrors(area, hest, 0n).length, 0, 'another area');
    area.writeBigUInt64LE(BigInt(base + 0x2001), 8);
    assert.throws(() => decodeDescribedErrors(area, hest), { code: 'LENGTH', field: 'sources[1]' });
  });

  test('an area of no whole number of sources, or a block with no room, is refused', () => {
    assert.throws(() => decodeHardwareErrors(new Uint8Array(1041)), { code: 'LENGTH' });
    assert.throws(() => decodeHardwareErrors(new Uint8Array(0)), { code: 'LENGTH' });
    assert.throws(() => decodeHardwareErrors(new Uint8Array(100), { sources: 2 }), AcpiError);
    assert.equal(decodeHardwareErrors(new Uint8Array(2 * (16 + 4096)), { blockLength: 4096 }).length, 2);
    assert.throws(() => encodeHardwareErrors({ sources: [{ block: new Uint8Array(1025) }] }), {
      code: 'VALUE',
      field: 'sources[0].block',
    });
  });
});

describe('iasl agrees', { skip: hasIasl ? false : 'iasl is not installed' }, () => {
  const tables: Readonly<Record<string, Uint8Array>> = {
    hest: Hest.encode({ sources }),
    notifications: Hest.encode({
      sources: Object.values(NotificationType)
        // iasl does not know RISC-V's.
        .filter((type) => type !== NotificationType.Sse)
        .map((type, sourceId) => ({ kind: 'ghes', sourceId, notification: { type }, ...generic })),
    }),
    bert: Bert.encode({ regionLength: 4096, regionAddress: 0x5ff8_0000n }),
    sdei: Sdei.encode({}),
    rasf: Rasf.encode({ channelId: Uint8Array.from([3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) }),
  };
  for (const [name, table] of Object.entries(tables))
    test(name, () => {
      assertIaslAgrees(name, table);
      assert.notEqual(decodeTable(table).signature, undefined);
    });
});
