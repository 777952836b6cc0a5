/** Members that error sources of several types have: ACPI 6.5, section 18.3.2. */

import { u32 } from '../struct.ts';

/** What the guest makes room for. */
export const preallocation = {
  recordsToPreallocate: u32.default(1).doc('Records that the guest should make room for'),
  maxSections: u32.default(1).doc('Most sections in a record'),
};
