/** Boot Error Record Table: ACPI 6.5, section 18.3.1. */

import { u32, u64 } from '../struct.ts';
import { table } from '../tables/header.ts';

/** Names the region, reserved memory, in which an error of the last boot stands as a Generic Error Status Block. */
export const Bert = table(
  'BERT',
  1,
  {
    regionLength: u32.doc('Bytes of the boot error region, at least 20'),
    regionAddress: u64.doc('GPA of the boot error region'),
  },
  { title: 'Boot Error Record Table', source: 'ACPI 6.5, 18.3.1' },
);
