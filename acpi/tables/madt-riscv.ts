/** RISC-V structures of the MADT: ACPI 6.6, sections 5.2.12.27 to 5.2.12.30. */

import { ascii, bits, flag, struct, u8, u16, u32, u64 } from '../struct.ts';

const head = (type: number) => ({
  type: u8.constant(type).doc('Kind of structure'),
  length: u8.byteLength().doc('Bytes of this structure'),
  version: u8.default(1).doc('Version of the structure'),
});

/** Interrupt controller of a hart (RINTC). */
export const Rintc = struct(
  'RINTC',
  {
    ...head(24),
    reserved: u8.reserved(),
    flags: bits(32, {
      enabled: flag(0, 'The hart can be used'),
      onlineCapable: flag(1, 'Not enabled, but can be brought up at run time'),
    })
      .default({ enabled: true })
      .doc('Whether the hart is there'),
    hartId: u64.doc('Id of the hart'),
    uid: u32.doc('_UID of the processor device'),
    externalControllerId: u32
      .default(0)
      .doc('APLIC or PLIC (bits 24 to 31) and its context or IDC (bits 0 to 15)'),
    imsicBase: u64.default(0n).doc('GPA of the IMSIC of the hart, 0 without'),
    imsicSize: u32.default(0).doc('Bytes of the IMSIC of the hart'),
  },
  { source: 'ACPI 6.6, 5.2.12.27' },
);

/** Incoming MSI controllers of all harts (IMSIC). */
export const Imsic = struct(
  'IMSIC',
  {
    ...head(25),
    reserved: u8.reserved(),
    flags: u32.reserved(),
    supervisorIdentities: u16.doc('Interrupt identities in supervisor mode'),
    guestIdentities: u16.doc('Interrupt identities in guest mode'),
    guestIndexBits: u8.default(0).doc('Bits of the index of a guest in an address'),
    hartIndexBits: u8.doc('Bits of the index of a hart in an address'),
    groupIndexBits: u8.default(0).doc('Bits of the index of a group in an address'),
    groupIndexShift: u8.default(24).doc('First bit of the index of a group in an address'),
  },
  { source: 'ACPI 6.6, 5.2.12.28' },
);

/** Advanced platform-level interrupt controller (APLIC). */
export const Aplic = struct(
  'APLIC',
  {
    ...head(26),
    aplicId: u8.doc('Id of the APLIC'),
    flags: u32.reserved(),
    hardwareId: ascii(8).default('').doc('_HID of the APLIC, text without a zero'),
    idcCount: u16.default(0).doc('Interrupt delivery controllers, 0 with MSIs'),
    sourceCount: u16.doc('Interrupt sources'),
    gsivBase: u32.default(0).doc('GSIV of its first source'),
    base: u64.doc('GPA of its registers'),
    size: u32.doc('Bytes that its registers take'),
  },
  { source: 'ACPI 6.6, 5.2.12.29' },
);

/** Platform-level interrupt controller (PLIC). */
export const Plic = struct(
  'PLIC',
  {
    ...head(27),
    plicId: u8.doc('Id of the PLIC'),
    hardwareId: ascii(8).default('').doc('_HID of the PLIC, text without a zero'),
    sourceCount: u16.doc('Interrupt sources'),
    maxPriority: u16.doc('Highest priority'),
    flags: u32.reserved(),
    size: u32.doc('Bytes that its registers take'),
    base: u64.doc('GPA of its registers'),
    gsivBase: u32.default(0).doc('GSIV of its first source'),
  },
  { source: 'ACPI 6.6, 5.2.12.30' },
);
