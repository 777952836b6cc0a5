/** Platform memory error section: UEFI 2.11, appendix N.2.5. */

import { partOfByte, range, rest, struct, u8, u16, u64 } from '../struct.ts';
import { ErrorStatus } from './error-status.ts';

export const PLATFORM_MEMORY = 'a5bc1114-6f64-4ede-b863-3e83ed7c83b1';

export const MemoryErrorType = {
  Unknown: 0,
  NoError: 1,
  SingleBitEcc: 2,
  MultiBitEcc: 3,
  SingleSymbolChipkill: 4,
  MultiSymbolChipkill: 5,
  MasterAbort: 6,
  TargetAbort: 7,
  Parity: 8,
  WatchdogTimeout: 9,
  InvalidAddress: 10,
  MirrorBroken: 11,
  MemorySparing: 12,
  ScrubCorrected: 13,
  ScrubUncorrected: 14,
  MapOut: 15,
} as const;

/** 80 bytes; 73 before UEFI 2.3. What is given is marked valid. */
export const MemoryError = struct(
  'Platform memory error',
  {
    validationBits: u64.validation().doc('Which members hold something'),
    errorStatus: ErrorStatus.validBy(0).doc('Kind of error'),
    physicalAddress: u64.validBy(1).doc('Physical address of the error'),
    physicalAddressMask: u64.validBy(2).doc('Bits of the address that are known'),
    node: u16.validBy(3).doc('Node, where there are several'),
    card: u16.validBy(4).doc('Memory card or controller'),
    module: u16.validBy(5).doc('Module or rank on the card'),
    bank: u16.validBy(6).doc('Bank, where it is one number'),
    bankAddress: u8.validBy(20).at(38).doc('Bank address inside the group (DDR4)'),
    bankGroup: u8.validBy(19).at(39).doc('Bank group (DDR4)'),
    device: u16.validBy(7).doc('Device on the module'),
    row: u16.validBy(8).doc('Row, bits 0 to 15'),
    column: u16.validBy(9).doc('Column'),
    bitPosition: u16.validBy(10).doc('Bit within the word'),
    requestorId: u64.validBy(11).doc('Device that asked'),
    responderId: u64.validBy(12).doc('Device that answered'),
    targetId: u64.validBy(13).doc('Device that was meant'),
    errorType: u8.values(MemoryErrorType).validBy(14).doc('Type of memory error'),
    extendedRow: partOfByte(range(0, 1)).since(80).validBy(18).doc('Row, bits 16 and 17'),
    extendedReserved: partOfByte(range(2, 4)).since(80).at(73).reserved(),
    chipId: partOfByte(range(5, 7)).since(80).at(73).validBy(21).doc('Chip identification (3D stacked)'),
    rank: u16.since(80).validBy(15).doc('Rank on the module'),
    cardHandle: u16.since(80).validBy(16).doc('SMBIOS type 16 handle of the card'),
    moduleHandle: u16.since(80).validBy(17).doc('SMBIOS type 17 handle of the module'),
    trailing: rest.orZero().doc('Bytes after the section, as they are'),
  },
  { source: 'UEFI 2.11, N.2.5' },
);

/** Platform memory error, by its type. */
export const MEMORY = { sectionType: PLATFORM_MEMORY, codec: MemoryError } as const;
