import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CCIX_PER,
  CcixPerError,
  DMAR_GENERIC,
  DMAR_IOMMU,
  DMAR_VTD,
  DmarArchitecture,
  DmarFaultReason,
  DmarGenericError,
  DmarIommuError,
  DmarVtdError,
  ErrorStatusType,
  type FieldInfo,
  IommuEventCode,
  PCI_BUS,
  PCI_DEVICE,
  PciBusError,
  PciBusErrorType,
  PciComponentId,
  PciDeviceError,
} from '@rasvm/acpi';
import { hex } from './hex.ts';

const compact = (text: string) => text.replaceAll(/\s/g, '');
const unhex = (text: string) => Uint8Array.from(Buffer.from(compact(text), 'hex'));
const zeros = (bytes: number) => '00'.repeat(bytes);

function places({ fields }: { readonly fields: readonly FieldInfo[] }): Record<string, [number, number]> {
  const own = fields.filter(({ name }) => name !== 'trailing');
  return Object.fromEntries(own.map(({ name, offset, size }) => [name, [offset, size]]));
}

test('the PCI/PCI-X bus section has the places of UEFI, N.2.8', () => {
  assert.equal(PCI_BUS.sectionType, 'c5753963-3b84-4095-bf78-eddad3f9c9dd');
  assert.equal(PciBusError.size, 72);
  assert.deepEqual(places(PciBusError), {
    validationBits: [0, 8],
    errorStatus: [8, 8],
    errorType: [16, 2],
    busId: [18, 2],
    reserved: [20, 4],
    busAddress: [24, 8],
    busData: [32, 8],
    busCommand: [40, 8],
    requestorId: [48, 8],
    completerId: [56, 8],
    targetId: [64, 8],
  });
});

test('a PCI bus error is the bytes that the specification says', () => {
  const value = {
    errorStatus: { type: ErrorStatusType.Bus, address: true },
    errorType: PciBusErrorType.AddressParity,
    busId: { bus: 3, segment: 1 },
    busAddress: 0x1122n,
    busCommand: { command: 6, pciX: true },
    targetId: 5n,
  };
  const data = compact(`2f01000000000000 0010010000000000 0600 0301 00000000 2211000000000000 ${zeros(8)}
    0600000000000001 ${zeros(16)} 0500000000000000`);
  assert.equal(hex(PciBusError.encode(value)), data);
  assert.deepEqual(PciBusError.decode(unhex(data)).busCommand, value.busCommand);
  assert.equal(hex(PciBusError.encode(PciBusError.decode(unhex(data)))), data);
});

test('each member of a PCI bus error has its validation bit', () => {
  const members = {
    errorStatus: {},
    errorType: 0,
    busId: {},
    busAddress: 0n,
    busData: 0n,
    busCommand: {},
    requestorId: 0n,
    completerId: 0n,
    targetId: 0n,
  } as const;
  Object.entries(members).forEach(([name, value], bit) => {
    const data = PciBusError.encode({ [name]: value });
    assert.equal(new DataView(data.buffer).getUint16(0, true), 1 << bit, name);
  });
});

test('the PCI/PCI-X component section has the places of UEFI, N.2.9', () => {
  assert.equal(PCI_DEVICE.sectionType, 'eb5e4685-ca66-4769-b6a2-26068b001326');
  assert.deepEqual(places(PciDeviceError), {
    validationBits: [0, 8],
    errorStatus: [8, 8],
    idInfo: [16, 16],
    memoryNumber: [32, 4],
    ioNumber: [36, 4],
    memoryRegisters: [40, 0],
    ioRegisters: [40, 0],
  });
  assert.deepEqual(places(PciComponentId), {
    vendorId: [0, 2],
    deviceId: [2, 2],
    classCode: [4, 3],
    function: [7, 1],
    device: [8, 1],
    bus: [9, 1],
    segment: [10, 1],
    reserved: [11, 5],
  });
});

test('a PCI component error counts its registers', () => {
  const value = {
    idInfo: {
      vendorId: 0x1af4,
      deviceId: 0x1000,
      classCode: 0x020000,
      function: 1,
      device: 2,
      bus: 3,
      segment: 4,
    },
    memoryRegisters: [
      { address: 0x1000n, value: 1n },
      { address: 0x1008n, value: 2n },
    ],
    ioRegisters: [{ address: 0xcf8n, value: 3n }],
  };
  const data =
    compact(`1e00000000000000 ${zeros(8)} f41a 0010 000002 01 02 03 04 ${zeros(5)} 02000000 01000000
    0010000000000000 0100000000000000 0810000000000000 0200000000000000 f80c000000000000 0300000000000000`);
  assert.equal(hex(PciDeviceError.encode(value)), data);
  assert.deepEqual(PciDeviceError.decode(unhex(data)), value);
  assert.equal(hex(PciDeviceError.encode({ ioRegisters: [] })), `18${zeros(39)}`);
});

test('registers that are not marked valid, too few or too many are not lost', () => {
  const pair = `${zeros(7)}01${zeros(7)}02`;
  // Numbers without the bit of the registers.
  const unmarked = compact(`0c00000000000000 ${zeros(24)} 01000000 00000000 ${pair}`);
  const value = PciDeviceError.decode(unhex(unmarked));
  assert.equal(value.memoryRegisters, undefined);
  assert.equal(value.unvalidated?.memoryRegisters?.length, 1);
  assert.equal(hex(PciDeviceError.encode(value)), unmarked);
  const more = compact(`1400000000000000 ${zeros(24)} 01000000 00000000 ${pair} ${pair}`);
  assert.equal(PciDeviceError.decode(unhex(more)).trailing?.length, 16);
  assert.equal(hex(PciDeviceError.encode(PciDeviceError.decode(unhex(more)))), more);
  const fewer = compact(`1400000000000000 ${zeros(24)} ffffffff 00000000 ${pair}`);
  assert.throws(() => PciDeviceError.decode(unhex(fewer)), { name: 'AcpiError', code: 'TRUNCATED' });
});

test('a generic DMAr error is the bytes that the specification says', () => {
  assert.equal(DMAR_GENERIC.sectionType, '5b51fef7-c79d-4434-8f1b-aa62de3e2c64');
  const value = {
    requesterId: 0x0310,
    segment: 1,
    faultReason: DmarFaultReason.TranslationTableAccess,
    accessType: 1,
    addressType: 0,
    architecture: DmarArchitecture.VtD,
    deviceAddress: 0x1234_5000n,
  };
  const data = compact(`1003 0100 08 01 00 01 0050341200000000 ${zeros(16)}`);
  assert.equal(hex(DmarGenericError.encode(value)), data);
  assert.deepEqual(DmarGenericError.decode(unhex(data)), value);
});

test('the VT-d section has the places of UEFI, N.2.11.2', () => {
  assert.equal(DMAR_VTD.sectionType, '71761d37-32b2-45cd-a7d0-b0fedd93e8cf');
  assert.equal(DmarVtdError.size, 144);
  assert.deepEqual(places(DmarVtdError), {
    version: [0, 1],
    revision: [1, 1],
    oemId: [2, 6],
    capability: [8, 8],
    extendedCapability: [16, 8],
    globalCommand: [24, 4],
    globalStatus: [28, 4],
    faultStatus: [32, 4],
    reserved: [36, 12],
    faultRecord: [48, 16],
    rootEntry: [64, 16],
    contextEntry: [80, 16],
    level6Entry: [96, 8],
    level5Entry: [104, 8],
    level4Entry: [112, 8],
    level3Entry: [120, 8],
    level2Entry: [128, 8],
    level1Entry: [136, 8],
  });
});

test('a VT-d fault record is the 128 bits of its register', () => {
  const value = {
    faultStatus: { pending: true, faultRecordIndex: 2 },
    faultRecord: {
      faultInformation: 0x8000_1000n,
      request: {
        sourceId: 0x0310,
        privileged: true,
        pasidPresent: true,
        faultReason: 6,
        pasid: 0xabcde,
        addressType: 1,
        type: true,
        fault: true,
      },
    },
  };
  // Bits 127 F, 126 T1, 125-124 AT, 123-104 PASID, 103-96 FR, 95 PP, 94 EXE, 93 PRIV, 79-64 SID.
  const high = (1n << 63n) | (1n << 62n) | (1n << 60n) | (0xabcden << 40n) | (6n << 32n) | 0xa000_0310n;
  const data = DmarVtdError.encode(value);
  const view = new DataView(data.buffer);
  assert.equal(view.getUint32(32, true), 0x202);
  assert.equal(view.getBigUint64(48, true), 0x8000_1000n);
  assert.equal(view.getBigUint64(56, true), high);
  assert.equal(DmarVtdError.decode(data).faultRecord.request.pasid, 0xabcde);
});

test('the AMD IOMMU section has the places of UEFI, N.2.11.3', () => {
  assert.equal(DMAR_IOMMU.sectionType, '036f84e1-7f37-428c-a79e-575fdfaa84ec');
  assert.equal(DmarIommuError.size, 144);
  assert.deepEqual(places(DmarIommuError), {
    revision: [0, 1],
    reserved: [1, 7],
    control: [8, 8],
    status: [16, 8],
    reserved2: [24, 8],
    eventLogEntry: [32, 16],
    reserved3: [48, 16],
    deviceTableEntry: [64, 32],
    level6Entry: [96, 8],
    level5Entry: [104, 8],
    level4Entry: [112, 8],
    level3Entry: [120, 8],
    level2Entry: [128, 8],
    level1Entry: [136, 8],
  });
  const data = DmarIommuError.encode({
    eventLogEntry: { event: { deviceId: 0x0310, code: IommuEventCode.IoPageFault }, address: 0x5000n },
  });
  assert.equal(hex(data.subarray(32, 48)), '1003000000000020' + '0050000000000000');
});

test('a CCIX PER log is as long as it is', () => {
  assert.equal(CCIX_PER.sectionType, '91335ef6-ebfb-4478-a6a6-88b728cf75d7');
  const value = { sourceId: 0x11, portId: 2, log: unhex('0102030405060708') };
  const data = compact('18000000 0700000000000000 11 02 0000 0102030405060708');
  assert.equal(hex(CcixPerError.encode(value)), data);
  assert.deepEqual(CcixPerError.decode(unhex(data)), value);
  // A length that is wrong, and a log that is not marked valid.
  const wrong = compact('ff000000 0000000000000000 00 00 0000 01020304');
  assert.deepEqual(CcixPerError.decode(unhex(wrong)), {
    length: 0xff,
    unvalidated: { log: unhex('01020304') },
  });
  assert.equal(hex(CcixPerError.encode(CcixPerError.decode(unhex(wrong)))), wrong);
});
