/** Members that error sources of several types have: ACPI 6.5, section 18.3.2. */

import { u16, u32 } from '../struct.ts';

/** Types of error sources; 3 to 5 are not defined. */
export const ErrorSourceType = {
  MachineCheck: 0,
  CorrectedMachineCheck: 1,
  NonMaskableInterrupt: 2,
  AerRootPort: 6,
  AerDevice: 7,
  AerBridge: 8,
  Ghes: 9,
  GhesV2: 10,
  DeferredMachineCheck: 11,
} as const;

/** What says which type a source is of. */
export function sourceType(type: (typeof ErrorSourceType)[keyof typeof ErrorSourceType]) {
  return u16.values(ErrorSourceType).constant(type).doc('Type of the source');
}

/** What the guest makes room for. */
export const preallocation = {
  recordsToPreallocate: u32.default(1).doc('Records that the guest should make room for'),
  maxSections: u32.default(1).doc('Most sections in a record'),
};
