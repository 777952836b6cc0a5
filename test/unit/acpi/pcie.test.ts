import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AerCapability,
  type Encodable,
  ErrorStatusBlock,
  PcieCapability,
  PcieDeviceId,
  PcieError,
  PciePortType,
  Severity,
} from '@rasvm/acpi';
import { hex } from './hex.ts';

const unhex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
const zeros = (bytes: number) => '00'.repeat(bytes);

const Example: Encodable<typeof PcieError> = {
  portType: PciePortType.RootPort,
  version: { major: 0x03, minor: 0x01 },
  commandStatus: {
    command: { memorySpace: true, busMaster: true, serrEnable: true },
    status: { capabilitiesList: true, signaledSystemError: true },
  },
  deviceId: {
    vendorId: 0x1b36,
    deviceId: 0x000c,
    classCode: 0x060400,
    function: 1,
    device: 2,
    segment: 0x1234,
    bus: 0x10,
    secondaryBus: 0x11,
    slot: { number: 5 },
  },
  serialNumber: 0x0102030405060708n,
  bridge: { secondaryStatus: { receivedSystemError: true }, control: { serrEnable: true } },
  capability: { capabilities: { version: 2, portType: PciePortType.RootPort } },
  aer: {
    uncorrectableStatus: { completionTimeout: true },
    uncorrectableSeverity: { malformedTlp: true },
    correctableStatus: { badTlp: true },
    control: { firstErrorPointer: 14 },
    headerLog: [1, 2, 3, 4],
    rootErrorStatus: { uncorrectableReceived: true, nonFatalReceived: true },
    uncorrectableSourceId: 0x1008,
    prefixLog: [5, 6, 7, 8],
  },
};

const EXAMPLE = `
  ff00000000000000 04000000 01030000 0601 1040 00000000
  361b 0c00 000406 01 02 3412 10 11 2800 00
  0807060504030201 0040 0200
  1000 4200 ${zeros(56)}
  01000200 00400000 00000000 00000400 40000000 00000000 0e000000
  01000000 02000000 03000000 04000000 00000000 24000000 0000 0810
  05000000 06000000 07000000 08000000 ${zeros(24)}`.replaceAll(/\s/g, '');

test('the PCI Express section has the places of UEFI, N.2.7', () => {
  assert.equal(PcieError.size, 208);
  const places = Object.fromEntries(PcieError.fields.map(({ name, offset, size }) => [name, [offset, size]]));
  assert.deepEqual(places, {
    validationBits: [0, 8],
    portType: [8, 4],
    version: [12, 4],
    commandStatus: [16, 4],
    rcrbHighAddress: [20, 4],
    deviceId: [24, 16],
    rcrbDeviceId: [24, 16],
    serialNumber: [40, 8],
    bridge: [48, 4],
    capability: [52, 60],
    aer: [112, 96],
    trailing: [208, 0],
  });
  assert.deepEqual(
    PcieDeviceId.fields.map(({ name, offset }) => [name, offset]),
    [
      ['vendorId', 0],
      ['deviceId', 2],
      ['classCode', 4],
      ['function', 7],
      ['device', 8],
      ['segment', 9],
      ['bus', 11],
      ['secondaryBus', 12],
      ['slot', 13],
      ['reserved', 15],
    ],
  );
});

test('capability structures have the offsets of PCI Express', () => {
  // Those of Linux, include/uapi/linux/pci_regs.h: PCI_EXP_* and PCI_ERR_*.
  const express = {
    capabilities: 0x02,
    deviceCapabilities: 0x04,
    deviceControl: 0x08,
    deviceStatus: 0x0a,
    linkCapabilities: 0x0c,
    linkControl: 0x10,
    linkStatus: 0x12,
    slotCapabilities: 0x14,
    slotControl: 0x18,
    slotStatus: 0x1a,
    rootControl: 0x1c,
    rootCapabilities: 0x1e,
    rootStatus: 0x20,
    deviceCapabilities2: 0x24,
    deviceControl2: 0x28,
    deviceStatus2: 0x2a,
    linkCapabilities2: 0x2c,
    linkControl2: 0x30,
    linkStatus2: 0x32,
    slotCapabilities2: 0x34,
    slotControl2: 0x38,
    slotStatus2: 0x3a,
  } as const;
  for (const [name, offset] of Object.entries(express))
    assert.equal(PcieCapability.field(name as keyof typeof express).offset, offset, name);
  assert.equal(PcieCapability.size, 60);
  const aer = {
    uncorrectableStatus: 0x04,
    uncorrectableMask: 0x08,
    uncorrectableSeverity: 0x0c,
    correctableStatus: 0x10,
    correctableMask: 0x14,
    control: 0x18,
    headerLog: 0x1c,
    rootErrorCommand: 0x2c,
    rootErrorStatus: 0x30,
    correctableSourceId: 0x34,
    uncorrectableSourceId: 0x36,
    prefixLog: 0x38,
  } as const;
  for (const [name, offset] of Object.entries(aer))
    assert.equal(AerCapability.field(name as keyof typeof aer).offset, offset, name);
  assert.equal(AerCapability.size, 96);
});

test('a PCI Express error is the bytes that the specification says', () => {
  assert.equal(hex(PcieError.encode(Example)), EXAMPLE);
  assert.equal(hex(PcieError.encode(PcieError.decode(unhex(EXAMPLE)))), EXAMPLE);
  const { deviceId, aer } = PcieError.decode(unhex(EXAMPLE));
  assert.equal(deviceId?.slot.number, 5);
  assert.equal(deviceId?.classCode, 0x060400);
  assert.equal(aer?.uncorrectableStatus.completionTimeout, true);
  assert.deepEqual(aer?.flitHeaderLog, [0, 0, 0, 0, 0, 0]);
});

test('each member of a PCI Express error has its validation bit', () => {
  const members = [
    'portType',
    'version',
    'commandStatus',
    'deviceId',
    'serialNumber',
    'bridge',
    'capability',
    'aer',
  ];
  members.forEach((name, bit) => {
    const data = PcieError.encode({ [name]: Example[name as keyof typeof Example] });
    assert.equal(data[0], 1 << bit, name);
    data[0] = 0;
    assert.deepEqual(Object.keys(PcieError.decode(data).unvalidated ?? {}), [name]);
    assert.equal(hex(PcieError.encode(PcieError.decode(data))), hex(data));
  });
});

test('a device with an RCRB has an address in place of its number', () => {
  const value = {
    rcrbHighAddress: 0x12,
    rcrbDeviceId: { vendorId: 0x8086, rcrbAddress: 0xfed0_0000, bus: 3 },
  };
  const data = `0003000000000000 ${zeros(12)} 12000000 8680 0000 000000 0000d0fe 03 ${zeros(4 + 168)}`;
  assert.equal(hex(PcieError.encode(value)), data.replaceAll(' ', ''));
  const decoded = PcieError.decode(unhex(data));
  assert.equal(decoded.deviceId, undefined);
  assert.equal(decoded.unvalidated, undefined);
  assert.equal(decoded.rcrbDeviceId?.rcrbAddress, 0xfed0_0000);
  assert.equal(hex(PcieError.encode(decoded)), data.replaceAll(' ', ''));
});

test('a longer section, and one in a block, lose nothing', () => {
  const longer = unhex(`${EXAMPLE}c0ffee`);
  assert.deepEqual(PcieError.decode(longer).trailing, unhex('c0ffee'));
  assert.equal(hex(PcieError.encode(PcieError.decode(longer))), hex(longer));
  const block = ErrorStatusBlock.encode({
    severity: Severity.Recoverable,
    entries: [{ severity: Severity.Recoverable, section: { kind: 'pcie', ...Example } }],
  });
  // Block header, entry header, section.
  assert.equal(block.length, 20 + 72 + 208);
  assert.equal(hex(block.subarray(20, 36)), '54e995d9c1bb0f43ad91b44dcb3c6f35');
  assert.equal(hex(block.subarray(92)), EXAMPLE);
  assert.equal(ErrorStatusBlock.decode(block).entries[0]?.section.kind, 'pcie');
});
