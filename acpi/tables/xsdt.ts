/** Extended System Description Table: ACPI 6.5, section 5.2.8. */

import { list, u64 } from '../struct.ts';
import { table } from './header.ts';

export const Xsdt = table(
  'XSDT',
  1,
  {
    entries: list(u64).doc('GPAs of the other tables; FADT by custom first'),
  },
  { title: 'Extended System Description Table', source: 'ACPI 6.5, 5.2.8' },
);
