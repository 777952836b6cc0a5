import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CxlComponentDeviceId,
  CxlDeviceHealth,
  CxlDramError,
  CxlDramEvent,
  CxlDynamicCapacityEvent,
  CxlDynamicCapacityEventType,
  CxlEventSeverity,
  CxlGeneralMediaError,
  CxlGeneralMediaEvent,
  CxlMediaStatus,
  CxlMemoryModuleEvent,
  CxlMemorySparingEvent,
  CxlMldPortEvent,
  CxlPhysicalSwitchEvent,
  CxlTransactionType,
  CxlVirtualSwitchEvent,
  type FieldInfo,
  SECTIONS,
} from '@rasvm/acpi';
import { hex } from './hex.ts';

const unhex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
const zeros = (bytes: number) => '00'.repeat(bytes);

/** Offsets as CXL's tables have them: from the event record's identifier, which is not in the section. */
function cxlPlaces({ fields }: { readonly fields: readonly FieldInfo[] }): Record<string, number> {
  return Object.fromEntries(fields.map(({ name, offset }) => [name, offset + 0x10]));
}

/** Members that are not reserved, from the end of the common event record on. */
function ownPlaces(event: { readonly fields: readonly FieldInfo[] }): Record<string, number> {
  const own = Object.entries(cxlPlaces(event)).filter(
    ([name, offset]) => offset >= 0x30 && !/reserved/i.test(name),
  );
  return Object.fromEntries(own);
}

test('the types of component event are the identifiers that CXL gives them', () => {
  const types = {
    cxlGeneralMedia: 'fbcd0a77-c260-417f-85a9-088b1621eba6',
    cxlDram: '601dcbb3-9c06-4eab-b8af-4e9bfb5c9624',
    cxlMemoryModule: 'fe927475-dd59-4339-a586-79bab113b774',
    cxlMemorySparing: 'e71f3a40-2d29-4092-8a39-4d1c966c7c65',
    cxlPhysicalSwitch: '77cf9271-9c02-470b-9fe4-bc7b75f2da97',
    cxlVirtualSwitch: '40d26425-3396-4c4d-a5da-3d47263af425',
    cxlMldPort: '8dc44363-0c96-4710-b7bf-04bb99534c3f',
    cxlDynamicCapacity: 'ca95afa7-f183-4018-8c2f-95268e101a2a',
  } as const;
  for (const [kind, guid] of Object.entries(types)) {
    const { sectionType, codec } = SECTIONS[kind as keyof typeof types];
    assert.equal(sectionType, guid);
    assert.deepEqual(
      (codec.fields as readonly FieldInfo[]).map(({ name, offset, size }) => [name, offset, size]),
      [
        ['sectionLength', 0, 4],
        ['validationBits', 4, 8],
        ['deviceId', 12, 12],
        ['serialNumber', 24, 8],
        ['event', 32, 112],
        ['trailing', 144, 0],
      ],
      kind,
    );
  }
  assert.deepEqual(
    CxlComponentDeviceId.fields.map(({ name, offset }) => [name, offset]),
    [
      ['vendorId', 0],
      ['deviceId', 2],
      ['function', 4],
      ['device', 5],
      ['bus', 6],
      ['segment', 7],
      ['slot', 9],
      ['reserved', 11],
    ],
  );
});

test('event records have the places of the CXL specification', () => {
  const { recordLength, flags, handle, relatedHandle, timestamp, maintenanceClass, ldId, headId } =
    cxlPlaces(CxlDramEvent);
  assert.deepEqual(
    [recordLength, flags, handle, relatedHandle, timestamp, maintenanceClass, ldId, headId],
    [0x10, 0x11, 0x14, 0x16, 0x18, 0x20, 0x22, 0x24],
  );
  assert.deepEqual(ownPlaces(CxlGeneralMediaEvent), {
    physicalAddress: 0x30,
    descriptor: 0x38,
    eventType: 0x39,
    transactionType: 0x3a,
    validityFlags: 0x3b,
    channel: 0x3d,
    rank: 0x3e,
    device: 0x3f,
    componentId: 0x42,
    pldmComponentId: 0x42,
    thresholdFlags: 0x52,
    correctedErrorCount: 0x53,
    eventSubType: 0x56,
  });
  assert.deepEqual(ownPlaces(CxlDramEvent), {
    physicalAddress: 0x30,
    descriptor: 0x38,
    eventType: 0x39,
    transactionType: 0x3a,
    validityFlags: 0x3b,
    channel: 0x3d,
    rank: 0x3e,
    nibbleMask: 0x3f,
    bankGroup: 0x42,
    bank: 0x43,
    row: 0x44,
    column: 0x47,
    correctionMask: 0x49,
    componentId: 0x69,
    pldmComponentId: 0x69,
    subChannel: 0x79,
    thresholdFlags: 0x7a,
    correctedErrorCount: 0x7b,
    eventSubType: 0x7e,
  });
  assert.deepEqual(ownPlaces(CxlMemoryModuleEvent), {
    eventType: 0x30,
    health: 0x31,
    validityFlags: 0x43,
    componentId: 0x45,
    pldmComponentId: 0x45,
    eventSubType: 0x55,
  });
  assert.deepEqual(ownPlaces(CxlMemorySparingEvent), {
    operationClass: 0x30,
    operationSubclass: 0x31,
    sparingFlags: 0x32,
    result: 0x33,
    validityFlags: 0x34,
    spareResources: 0x3c,
    channel: 0x3e,
    rank: 0x3f,
    nibbleMask: 0x40,
    bankGroup: 0x43,
    bank: 0x44,
    row: 0x45,
    column: 0x48,
    componentId: 0x4a,
    pldmComponentId: 0x4a,
    subChannel: 0x5a,
  });
  assert.deepEqual(ownPlaces(CxlPhysicalSwitchEvent), {
    portId: 0x30,
    eventType: 0x31,
    slotStatus: 0x32,
    portState: 0x35,
    deviceMode: 0x36,
    deviceType: 0x38,
    supportedModes: 0x39,
    maxLinkWidth: 0x3a,
    negotiatedLinkWidth: 0x3b,
    supportedLinkSpeeds: 0x3c,
    maxLinkSpeed: 0x3d,
    currentLinkSpeed: 0x3e,
    ltssmState: 0x3f,
    firstLane: 0x40,
    linkFlags: 0x41,
  });
  assert.deepEqual(ownPlaces(CxlVirtualSwitchEvent), {
    switchId: 0x30,
    bridgeId: 0x31,
    eventType: 0x32,
    bindingStatus: 0x33,
    portId: 0x34,
    bridgeLdId: 0x35,
    linkControl: 0x36,
    slotControl: 0x38,
  });
  assert.deepEqual(ownPlaces(CxlMldPortEvent), { eventType: 0x30, portId: 0x31, errorMessage: 0x34 });
  assert.deepEqual(ownPlaces(CxlDynamicCapacityEvent), {
    eventType: 0x30,
    validityFlags: 0x31,
    hostId: 0x32,
    updatedRegionIndex: 0x34,
    capacityFlags: 0x35,
    extent: 0x38,
    available: 0x78,
  });
  for (const event of [CxlGeneralMediaEvent, CxlDramEvent, CxlMemoryModuleEvent, CxlMemorySparingEvent])
    assert.equal(event.size, 0x70);
  for (const event of [
    CxlPhysicalSwitchEvent,
    CxlVirtualSwitchEvent,
    CxlMldPortEvent,
    CxlDynamicCapacityEvent,
  ])
    assert.equal(event.size, 0x70);
});

const HEADER = `
  90000000 0700000000000000 8680 930d 01 02 03 0400 2800 00 0807060504030201
  80 420000 3412 0000 00ca9a3b00000000 02 01 0000 00 ${zeros(11)}`;
const SECTION = {
  deviceId: {
    vendorId: 0x8086,
    deviceId: 0x0d93,
    function: 1,
    device: 2,
    bus: 3,
    segment: 4,
    slot: { number: 5 },
  },
  serialNumber: 0x0102030405060708n,
};
const EVENT = {
  flags: { severity: CxlEventSeverity.Failure, subclassValid: true },
  handle: 0x1234,
  timestamp: 1_000_000_000n,
  maintenanceClass: 2,
  maintenanceSubclass: 1,
};

test('a DRAM event is the bytes that the specification says', () => {
  const value = {
    ...SECTION,
    event: {
      ...EVENT,
      physicalAddress: 0x40000001n,
      descriptor: { uncorrectable: true },
      eventType: 0,
      transactionType: CxlTransactionType.HostRead,
      channel: 1,
      rank: 0,
      nibbleMask: 0x000208,
      row: 0x00beef,
      column: 0x123,
      correctionMask: [0x9086010n, 0x0305f020n, 0n, 0n],
      subChannel: 1,
      correctedErrorCount: 0x010203,
    },
  };
  const data = `${HEADER}
    0100004000000000 01 00 01 e704 01 00 080200 00 00 efbe00 2301
    1060080900000000 20f0050300000000 ${zeros(16)} ${zeros(16)} 01 00 030201 00 00`.replaceAll(/\s/g, '');
  assert.equal(hex(CxlDramError.encode(value)), data);
  const { event, ...section } = CxlDramError.decode(unhex(data));
  assert.deepEqual(section, SECTION);
  assert.equal(event?.nibbleMask, 0x208);
  assert.equal(event?.bank, undefined);
  assert.equal(hex(CxlDramError.encode({ ...section, event })), data);
});

test('a general media event is the bytes that the specification says', () => {
  const value = {
    ...SECTION,
    event: {
      ...EVENT,
      physicalAddress: 0x1000n,
      descriptor: { threshold: true },
      eventType: 4,
      transactionType: CxlTransactionType.PatrolScrub,
      device: 0x00ff01,
      pldmComponentId: { entity: unhex('010203040506') },
      thresholdFlags: { exceeded: true },
    },
  };
  const data = `${HEADER}
    0010000000000000 02 04 05 1c00 00 00 01ff00 01 010203040506 ${zeros(9)} 02 000000 00 ${zeros(41)}`;
  assert.equal(hex(CxlGeneralMediaError.encode(value)), data.replaceAll(/\s/g, ''));
  const { event } = CxlGeneralMediaError.decode(unhex(data));
  assert.deepEqual(event?.pldmComponentId, { entity: unhex('010203040506') });
  assert.deepEqual(event?.componentId, unhex(`01010203040506${zeros(9)}`));
});

test('a component identifier that is not of PLDM is just bytes', () => {
  const componentId = unhex('000102030405060708090a0b0c0d0e0f');
  const data = CxlMemoryModuleEvent.encode({ componentId });
  assert.equal(hex(data.subarray(0x33, 0x45)), `0100${hex(componentId)}`);
  const value = CxlMemoryModuleEvent.decode(data);
  assert.deepEqual(value.componentId, componentId);
  assert.equal('pldmComponentId' in value, false);
  assert.equal('unvalidated' in value, false);
});

test('health information of a memory module, with a temperature below zero', () => {
  const data = '01 03 25 32 f6ff 01000000 02000000 03000000'.replaceAll(' ', '');
  const value = {
    healthStatus: { maintenanceNeeded: true },
    mediaStatus: CxlMediaStatus.AllDataLost,
    additionalStatus: { lifeUsed: 1, temperature: 1, correctedPersistent: true },
    lifeUsed: 50,
    temperature: -10,
    dirtyShutdownCount: 1,
    correctedVolatileCount: 2,
    correctedPersistentCount: 3,
  };
  assert.equal(hex(CxlDeviceHealth.encode(value)), data);
  assert.equal(CxlDeviceHealth.decode(unhex(data)).temperature, -10);
});

test('switch, port and capacity events are the bytes that the specification says', () => {
  const header = `80 420000 3412 0000 00ca9a3b00000000 02 01 0000 00 ${zeros(11)}`;
  const bytes = (text: string) => (header + text).replaceAll(/\s/g, '');
  assert.equal(
    hex(
      CxlPhysicalSwitchEvent.encode({
        ...EVENT,
        portId: 7,
        eventType: 1,
        slotStatus: { presenceDetectChanged: true, presence: true },
        portState: { state: 3 },
        deviceMode: { mode: 2 },
        deviceType: 4,
        supportedModes: { restrictedDevice: true, flit68: true },
        maxLinkWidth: { lanes: 16 },
        negotiatedLinkWidth: { lanes: 8 },
        supportedLinkSpeeds: { gt2_5: true, gt32: true },
        maxLinkSpeed: { speed: 5 },
        currentLinkSpeed: { speed: 4 },
        ltssmState: 4,
        firstLane: 1,
        linkFlags: { presence: true },
      }),
    ),
    bytes(`07 01 4800 00 03 02 00 04 03 10 08 11 05 04 04 01 0400 ${zeros(61)}`),
  );
  assert.equal(
    hex(
      CxlVirtualSwitchEvent.encode({
        ...EVENT,
        switchId: 1,
        bridgeId: 2,
        eventType: 3,
        bindingStatus: 2,
        portId: 4,
        bridgeLdId: 0xff,
        linkControl: { linkDisable: true },
        slotControl: { hotPlugInterrupt: true },
      }),
    ),
    bytes(`01 02 03 02 04 ff 1000 2000 ${zeros(70)}`),
  );
  assert.equal(
    hex(
      CxlMldPortEvent.encode({ ...EVENT, eventType: 2, portId: 9, errorMessage: unhex('0102030405060708') }),
    ),
    bytes(`02 09 0000 0102030405060708 ${zeros(68)}`),
  );
  assert.equal(
    hex(
      CxlDynamicCapacityEvent.encode({
        ...EVENT,
        eventType: CxlDynamicCapacityEventType.ForcedRelease,
        hostId: 0x0102,
        capacityFlags: { more: true },
        extent: { startAddress: 0x1_0000_0000n, length: 0x1000_0000n, sharedSequence: 3 },
        available: { extents: 8, tags: 9 },
      }),
    ),
    bytes(
      `02 01 0201 00 01 0000 0000000001000000 0000001000000000 ${zeros(16)} 0300 ${zeros(6)} ${zeros(24)} 08000000 09000000`,
    ),
  );
});

test('a section with a wrong length, a short event record or none loses nothing', () => {
  assert.equal(hex(CxlDramError.encode({})), `20000000${zeros(28)}`);
  const records = [
    // Says 16 bytes; has its event record.
    `10000000 0400000000000000 ${zeros(20)} 80 ${zeros(111)}`,
    // An event record of 5 bytes, marked valid.
    `25000000 0400000000000000 ${zeros(20)} 8001020304`,
    // An event record that is not marked valid, and one of zeros only.
    `90000000 0000000000000000 ${zeros(20)} 80 ${zeros(111)}`,
    `90000000 0000000000000000 ${zeros(20)} ${zeros(112)}`,
    // More than the event record has.
    `92000000 0400000000000000 ${zeros(20)} 80 ${zeros(111)} c0de`,
  ].map((text) => text.replaceAll(' ', ''));
  for (const data of records) assert.equal(hex(CxlDramError.encode(CxlDramError.decode(unhex(data)))), data);
  assert.equal(CxlDramError.decode(unhex(records[0]!)).sectionLength, 0x10);
  assert.deepEqual(CxlDramError.decode(unhex(records[1]!)).trailing, unhex('8001020304'));
  assert.equal(CxlDramError.decode(unhex(records[2]!)).unvalidated?.event?.recordLength, 0x80);
});
