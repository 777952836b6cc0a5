/** libcper's form of the error status that many sections have: UEFI 2.11, appendix N.2.11. */

import { ErrorStatus } from '../error-status.ts';
import { boolean, type Names, named } from './forms.ts';
import { member, object } from './mapping.ts';

const ERROR_TYPES: Names = {
  names: {
    1: 'ERR_INTERNAL',
    4: 'ERR_MEM',
    5: 'ERR_TLB',
    6: 'ERR_CACHE',
    7: 'ERR_FUNCTION',
    8: 'ERR_SELFTEST',
    9: 'ERR_FLOW',
    16: 'ERR_BUS',
    17: 'ERR_MAP',
    18: 'ERR_IMPROPER',
    19: 'ERR_UNIMPL',
    20: 'ERR_LOL',
    21: 'ERR_RESPONSE',
    22: 'ERR_PARITY',
    23: 'ERR_PROTOCOL',
    24: 'ERR_ERROR',
    25: 'ERR_TIMEOUT',
    26: 'ERR_POISONED',
  },
  descriptions: {
    1: 'Error detected internal to the component.',
    4: 'Storage error in memory (DRAM).',
    5: 'Storage error in TLB.',
    6: 'Storage error in cache.',
    7: 'Error in one or more functional units.',
    8: 'Component failed self test.',
    9: 'Overflow or underflow of internal queue.',
    16: 'Error detected in the bus.',
    17: 'Virtual address not found on IO-TLB or IO-PDIR.',
    18: 'Improper access error.',
    19: 'Access to a memory address which is not mapped to any component.',
    20: 'Loss of Lockstep error.',
    21: 'Response not associated with a request.',
    22: 'Bus parity error (must also set the A, C, or D bits).',
    23: 'Detection of a protocol error.',
    24: 'Detection of a PATH_ERROR.',
    25: 'Bus operation timeout.',
    26: 'A read was issued to data that has been poisoned.',
  },
  others: 'Unknown (Reserved)',
};

export const errorStatus = object(ErrorStatus, [
  member('type', named(ERROR_TYPES), 'errorType'),
  member('address', boolean, 'addressSignal'),
  member('control', boolean, 'controlSignal'),
  member('data', boolean, 'dataSignal'),
  member('responder', boolean, 'detectedByResponder'),
  member('requester', boolean, 'detectedByRequester'),
  member('firstError', boolean),
  member('overflow', boolean, 'overflowDroppedLogs'),
]);
