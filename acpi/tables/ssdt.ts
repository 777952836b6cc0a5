/** Secondary System Description Table: ACPI 6.5, section 5.2.11.2. */

import { rest } from '../struct.ts';
import { table } from './header.ts';

export const Ssdt = table(
  'SSDT',
  2,
  { body: rest.doc('AML, as aml.definitionBlock makes it') },
  { title: 'Secondary System Description Table', source: 'ACPI 6.5, 5.2.11.2' },
);
