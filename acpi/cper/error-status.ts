/** Error status, the same in many sections: UEFI 2.11, appendix N.2.11. */

import { bits, flag, range } from '../struct.ts';

/** Values of ErrorStatus.type. */
export const ErrorStatusType = {
  Internal: 1,
  Memory: 4,
  Tlb: 5,
  Cache: 6,
  Function: 7,
  SelfTest: 8,
  Flow: 9,
  Bus: 16,
  Map: 17,
  ImproperAccess: 18,
  Unimplemented: 19,
  LossOfLockstep: 20,
  NoResponse: 21,
  Parity: 22,
  Protocol: 23,
  Path: 24,
  Timeout: 25,
  Poison: 26,
} as const;

export const ErrorStatus = bits(64, {
  type: range(8, 15, 'Type of error', ErrorStatusType),
  address: flag(16, 'Found on the address bits'),
  control: flag(17, 'Found on the control bits'),
  data: flag(18, 'Found on the data bits'),
  responder: flag(19, 'Found by the responder'),
  requester: flag(20, 'Found by the requester'),
  firstError: flag(21, 'The first of several'),
  overflow: flag(22, 'Others were lost'),
});
