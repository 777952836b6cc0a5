/** CCIX PER log error section: UEFI 2.11, appendix N.2.12. */

import { rest, struct, u8, u16, u32, u64 } from '../struct.ts';

export const CCIX_PER_ERROR = '91335ef6-ebfb-4478-a6a6-88b728cf75d7';

/** 16 bytes and the log. What is given is marked valid. */
export const CcixPerError = struct(
  'CCIX PER log error',
  {
    length: u32.statedLength().doc('Bytes of the section'),
    validationBits: u64.validation().doc('Which members hold something'),
    sourceId: u8.validBy(0).doc('CCIX agent (of a home, slave or request agent) or device that reports'),
    portId: u8.validBy(1).doc('CCIX port that reports'),
    reserved: u16.reserved(),
    log: rest.validBy(2).doc('PER log structure: words of 32 bits, the first of them its header'),
  },
  { source: 'UEFI 2.11, N.2.12' },
);

/** CCIX PER log error, by its type. */
export const CCIX_PER = { sectionType: CCIX_PER_ERROR, codec: CcixPerError } as const;
