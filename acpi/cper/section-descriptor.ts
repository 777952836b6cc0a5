/** Section descriptor: UEFI 2.11, appendix N.2.2, table N.4. */

import { ascii, bits, guid, struct, u8, u16, u32, ZERO_GUID } from '../struct.ts';
import { SECTION_FLAGS } from './section-flags.ts';
import { Severity } from './severity.ts';

/** 72 bytes, one for each section of a record. */
export const SectionDescriptor = struct(
  'CPER section descriptor',
  {
    sectionOffset: u32.default(0).doc('Where the section begins, from the start of the record'),
    sectionLength: u32.default(0).doc('Bytes of the section'),
    revision: u16.default(0x100).doc('Major and minor version, a byte each'),
    validationBits: u8.validation().doc('Which of FRU id and FRU text hold something'),
    reserved: u8.reserved(),
    flags: bits(32, SECTION_FLAGS).orZero().doc('Section flags'),
    sectionType: guid.default(ZERO_GUID).doc('GUID of the section'),
    fruId: guid.validBy(0).doc('Field replaceable unit'),
    severity: u32.values(Severity).doc('Severity of this section'),
    fruText: ascii(20).validBy(1).doc('Name of the field replaceable unit'),
  },
  { source: 'UEFI 2.11, N.2.2' },
);
