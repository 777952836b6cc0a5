/** Record header: UEFI 2.11, appendix N.2.1, table N.1. */

import {
  ascii,
  bits,
  bytes,
  flag,
  guid,
  partOfByte,
  range,
  struct,
  u16,
  u32,
  u64,
  ZERO_GUID,
} from '../struct.ts';
import { Severity } from './severity.ts';
import { timestamp } from './timestamp.ts';

/** How the operating system was told of the error: GUIDs of `notificationType`. */
export const RecordNotification = {
  /** Corrected machine check */
  Cmc: '2dce8bb1-bdd7-450e-b9ad-9cf4ebd4f890',
  /** Corrected platform error */
  Cpe: '4e292f96-d843-4a55-a8c2-d481f27ebeee',
  /** Machine check exception */
  Mce: 'e8f56ffe-919c-4cc5-ba88-65abe14913bb',
  /** PCI Express error */
  Pcie: 'cf93c01f-1a16-4dfc-b8bc-9c4daf67c104',
  /** INIT record (IPF) */
  Init: 'cc5263e8-9308-454a-89d0-340bd39bc98e',
  /** Non-maskable interrupt */
  Nmi: '5bad89ff-b7e6-42c9-814a-cf2485d6e98a',
  /** Found at boot */
  Boot: '3d61a466-ab40-409a-a698-f362d464b38f',
  /** DMA remapping */
  Dmar: '667dd791-c6b3-4c27-8a6b-0f8e722deb41',
  /** Synchronous external abort */
  Sea: '9a78788a-bbe8-11e4-809e-67611e5d46b0',
  /** SError interrupt */
  Sei: '5c284c81-b0ae-4e87-a322-b04c85624323',
  /** Platform error interrupt */
  Pei: '09a9d5ac-5204-4214-96e5-94992e752bcd',
  /** CXL component */
  CxlComponent: '69293bc9-41df-49a3-b4bd-4fb0db3041f6',
} as const;

/** 128 bytes; the section descriptors follow. */
export const RecordHeader = struct(
  'CPER record header',
  {
    signature: ascii(4).constant('CPER').doc('Marks a record'),
    revision: u16.default(0x101).doc('Major and minor version, a byte each'),
    signatureEnd: u32.constant(0xffff_ffff).doc('Marks a record, too'),
    sectionCount: u16.default(0).doc('Number of sections'),
    severity: u32.values(Severity).doc('Severity of the whole record'),
    validationBits: u32.validation().doc('Which of platform id, timestamp and partition id hold something'),
    recordLength: u32.default(0).doc('Bytes of the record, with this header'),
    timestamp: timestamp.validBy(1).doc('When, in UTC'),
    timestampPrecise: partOfByte(flag(0)).at(27).orZero().doc('The time is exact'),
    timestampReserved: partOfByte(range(1, 7)).at(27).reserved(),
    platformId: guid.validBy(0).doc('The platform, such as the SMBIOS UUID'),
    partitionId: guid.validBy(2).doc('The software domain in which the error arose'),
    creatorId: guid.default(ZERO_GUID).doc('Who made the record'),
    notificationType: guid.default(ZERO_GUID).doc('GUID of how the error was told'),
    recordId: u64.default(0n).doc('Number that no other record of this creator has'),
    flags: bits(32, {
      recovered: flag(0, 'The error was recovered from'),
      previousError: flag(1, 'Arose in a session before this one'),
      simulated: flag(2, 'Injected, not real'),
    })
      .orZero()
      .doc('What is known about the error as a whole'),
    persistenceInfo: u64.default(0n).doc('For the firmware that keeps the record'),
    reserved: bytes(12).reserved(),
  },
  { source: 'UEFI 2.11, N.2.1' },
);
