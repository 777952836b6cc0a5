/** Platform memory error section 2: UEFI 2.11, appendix N.2.6. */

import { bits, flag, rest, struct, u8, u16, u32, u64 } from '../struct.ts';
import { ErrorStatus } from './error-status.ts';
import { MemoryErrorType } from './memory.ts';

export const PLATFORM_MEMORY2 = '61ec04fc-48e6-d813-25c9-8daa44750b12';

/** 96 bytes. What is given is marked valid. */
export const MemoryError2 = struct(
  'Platform memory error 2',
  {
    validationBits: u64.validation().doc('Which members hold something'),
    errorStatus: ErrorStatus.validBy(0).doc('Kind of error'),
    physicalAddress: u64.validBy(1).doc('Physical address of the error'),
    physicalAddressMask: u64.validBy(2).doc('Bits of the address that are known'),
    node: u16.validBy(3).doc('Node, where there are several'),
    card: u16.validBy(4).doc('Memory card or controller'),
    module: u16.validBy(5).doc('Module on the card'),
    bank: u16.validBy(6).doc('Bank, where it is one number'),
    bankAddress: u8.validBy(21).at(38).doc('Bank address inside the group'),
    bankGroup: u8.validBy(20).at(39).doc('Bank group'),
    device: u32.validBy(7).doc('Device on the module'),
    row: u32.validBy(8).doc('Row'),
    column: u32.validBy(9).doc('Column'),
    rank: u32.validBy(10).doc('Rank on the module'),
    bitPosition: u32.validBy(11).doc('Bit within the word'),
    chipId: u8.validBy(12).doc('Chip identification (3D stacked)'),
    errorType: u8.values(MemoryErrorType).validBy(13).doc('Type of memory error'),
    status: bits(8, { uncorrected: flag(0, 'The error was not corrected') })
      .validBy(14)
      .doc('Whether it was corrected'),
    reserved: u8.reserved(),
    requestorId: u64.validBy(15).doc('Device that asked'),
    responderId: u64.validBy(16).doc('Device that answered'),
    targetId: u64.validBy(17).doc('Device that was meant'),
    cardHandle: u32.validBy(18).doc('SMBIOS type 16 handle of the card'),
    moduleHandle: u32.validBy(19).doc('SMBIOS type 17 handle of the module'),
    trailing: rest.orZero().doc('Bytes after the section, as they are'),
  },
  { source: 'UEFI 2.11, N.2.6' },
);

/** Platform memory error 2, by its type. */
export const MEMORY2 = { sectionType: PLATFORM_MEMORY2, codec: MemoryError2 } as const;
