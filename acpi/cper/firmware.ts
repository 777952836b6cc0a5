/** Firmware error record reference section: UEFI 2.11, appendix N.2.10. */

import { bytes, guid, rest, struct, u8, u64 } from '../struct.ts';

export const FIRMWARE_ERROR = '81212a96-09ed-4996-9471-8d729c8e69ed';

/** Kind of the record that firmware keeps. */
export const FirmwareErrorType = {
  /** Of the system abstraction layer of Itanium. */
  IpfSal: 0,
  /** Crash log of a SoC, legacy. */
  SocType1: 1,
  /** Crash log of a SoC. */
  SocType2: 2,
} as const;

/** 32 bytes and the record; 16 bytes in revision 0, which has no GUID. */
export const FirmwareError = struct(
  'Firmware error record reference',
  {
    errorType: u8.values(FirmwareErrorType).doc('Kind of the record that firmware keeps'),
    revision: u8.default(2).doc('2; 0 where recordId names the record, and there is no GUID'),
    reserved: bytes(6).reserved(),
    recordId: u64.orZero().doc('Identifier of the record in revision 0; later 0'),
    recordGuid: guid.since(32).orZero().doc('GUID of the record (type 2)'),
    record: rest.orZero().doc('The record itself, in the form that the GUID names, where it is given'),
  },
  { source: 'UEFI 2.11, N.2.10' },
);

/** Firmware error record reference, by its type. */
export const FIRMWARE = { sectionType: FIRMWARE_ERROR, codec: FirmwareError } as const;
