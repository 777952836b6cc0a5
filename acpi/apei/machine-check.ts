/**
 * Error sources of x86 processors: ACPI 6.5, sections 18.3.2.1 (machine check exception), 18.3.2.2 (corrected
 * machine check), 18.3.2.3 (non-maskable interrupt) and 18.3.2.10 (deferred machine check).
 */

import { bits, bytes, flag, list, struct, u8, u16, u32, u64 } from '../struct.ts';
import { Notification } from './notification.ts';
import { ErrorSourceType, preallocation, sourceType } from './source.ts';

/** Format of a bank's status register. */
export const MachineCheckFormat = { Ia32: 0, Intel64: 1, Amd64: 2 } as const;

/** Machine check error bank, section 18.3.2.1.1: 28 bytes. */
export const MachineCheckBank = struct(
  'Machine check error bank',
  {
    bank: u8.doc('Number of the bank'),
    clearStatusOnInit: u8
      .default(0)
      .doc('0: the guest clears the status register when it starts; 1: it does not'),
    statusFormat: u8.values(MachineCheckFormat).default(MachineCheckFormat.Ia32).doc('Format of the status'),
    reserved: u8.reserved(),
    controlMsr: u32.default(0).doc('MSR address, 0 if there is none, of the control register'),
    controlInitData: u64.default(0n).doc('What the guest writes to the control register'),
    statusMsr: u32.default(0).doc('MSR address, 0 if there is none, of the status register'),
    addressMsr: u32.default(0).doc('MSR address, 0 if there is none, of the address register'),
    miscMsr: u32.default(0).doc('MSR address, 0 if there is none, of the miscellaneous register'),
  },
  { source: 'ACPI 6.5, 18.3.2.1.1' },
);

const head = {
  sourceId: u16.doc('Id, unique in the HEST'),
  reserved: u16.reserved(),
  flags: bits(8, {
    firmwareFirst: flag(0, 'FIRMWARE_FIRST: firmware handles the errors before the guest does'),
    ghesAssist: flag(2, 'GHES_ASSIST: a GHES source adds to what the guest finds'),
  })
    .default({})
    .doc('Who handles the errors'),
  enabled: u8.default(1).doc('1: the guest is to use it'),
  ...preallocation,
};

const banks = list(MachineCheckBank).default([]).doc('Banks that the source has');

/** A source that interrupts, with banks. */
const interrupting = {
  ...head,
  notification: Notification.doc('How the guest is told'),
  bankCount: u8.countOf('banks').doc('Number of banks'),
  reserved2: bytes(3).reserved(),
  banks,
};

/** Machine check exception: 40 bytes and 28 a bank. */
export const MachineCheck = struct(
  'IA-32 machine check',
  {
    type: sourceType(ErrorSourceType.MachineCheck),
    ...head,
    globalCapabilityInitData: u64.default(0n).doc('What the guest writes to IA32_MCG_CAP'),
    globalControlInitData: u64.default(0n).doc('What the guest writes to IA32_MCG_CTL'),
    bankCount: u8.countOf('banks').doc('Number of banks'),
    reserved2: bytes(7).reserved(),
    banks,
  },
  { source: 'ACPI 6.5, 18.3.2.1' },
);

/** Corrected machine check: 48 bytes and 28 a bank. */
export const CorrectedMachineCheck = struct(
  'IA-32 corrected machine check',
  { type: sourceType(ErrorSourceType.CorrectedMachineCheck), ...interrupting },
  { source: 'ACPI 6.5, 18.3.2.2' },
);

/** Deferred machine check: 48 bytes and 28 a bank. */
export const DeferredMachineCheck = struct(
  'IA-32 deferred machine check',
  { type: sourceType(ErrorSourceType.DeferredMachineCheck), ...interrupting },
  { source: 'ACPI 6.5, 18.3.2.10' },
);

/** Non-maskable interrupt: 20 bytes. */
export const NonMaskableInterrupt = struct(
  'IA-32 non-maskable interrupt',
  {
    type: sourceType(ErrorSourceType.NonMaskableInterrupt),
    sourceId: u16.doc('Id, unique in the HEST'),
    reserved: u32.reserved(),
    ...preallocation,
    maxRawDataLength: u32.default(0).doc('Most bytes of raw data in a record'),
  },
  { source: 'ACPI 6.5, 18.3.2.3' },
);
