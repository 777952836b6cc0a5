/** PCI/PCI-X component error section: UEFI 2.11, appendix N.2.9. */

import { bytes, list, rest, struct, u8, u16, u24, u32, u64 } from '../struct.ts';
import { ErrorStatus } from './error-status.ts';

export const PCI_DEVICE_ERROR = 'eb5e4685-ca66-4769-b6a2-26068b001326';

export const PciComponentId = struct(
  'PCI component',
  {
    vendorId: u16.default(0).doc('Vendor'),
    deviceId: u16.default(0).doc('Device of that vendor'),
    classCode: u24.default(0).doc('Class: base class in bits 16 to 23, subclass, programming interface'),
    function: u8.default(0).doc('Function number'),
    device: u8.default(0).doc('Device number'),
    bus: u8.default(0).doc('Bus number'),
    segment: u8.default(0).doc('Segment'),
    reserved: bytes(5).reserved(),
  },
  { source: 'UEFI 2.11, N.2.9' },
);

/** A register and its content; both may have 2 to 8 bytes. */
export const PciRegister = struct(
  'PCI register',
  {
    address: u64.doc('Address of the register'),
    value: u64.doc('Content of the register'),
  },
  { source: 'UEFI 2.11, N.2.9' },
);

/** 40 bytes and the registers. What is given is marked valid; lists of registers with their numbers. */
export const PciDeviceError = struct(
  'PCI/PCI-X component error',
  {
    validationBits: u64.validation().doc('Which members hold something'),
    errorStatus: ErrorStatus.validBy(0).doc('Kind of error'),
    idInfo: PciComponentId.validBy(1).doc('Which component'),
    memoryNumber: u32.countOf('memoryRegisters').doc('Number of registers in memory'),
    ioNumber: u32.countOf('ioRegisters').doc('Number of registers in I/O space'),
    memoryRegisters: list(PciRegister).validBy(2, 4).doc('Registers in memory'),
    ioRegisters: list(PciRegister).validBy(3, 4).doc('Registers in I/O space'),
    trailing: rest.orZero().doc('Bytes after the section, as they are'),
  },
  { source: 'UEFI 2.11, N.2.9' },
);

/** PCI/PCI-X component error, by its type. */
export const PCI_DEVICE = { sectionType: PCI_DEVICE_ERROR, codec: PciDeviceError } as const;
