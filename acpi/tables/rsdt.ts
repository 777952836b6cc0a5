/** Root System Description Table: ACPI 6.5, section 5.2.7. */

import { list, u32 } from '../struct.ts';
import { table } from './header.ts';

export const Rsdt = table(
  'RSDT',
  1,
  { entries: list(u32).doc('GPAs of the other tables, all below 4 GiB') },
  { title: 'Root System Description Table', source: 'ACPI 6.5, 5.2.7' },
);
