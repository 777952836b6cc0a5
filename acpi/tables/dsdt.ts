/** Differentiated System Description Table: ACPI 6.5, section 5.2.11.1. */

import { rest } from '../struct.ts';
import { table } from './header.ts';

/** Revision 2: integers have 64 bits. */
export const Dsdt = table(
  'DSDT',
  2,
  { body: rest.doc('AML, as aml.definitionBlock makes it') },
  { title: 'Differentiated System Description Table', source: 'ACPI 6.5, 5.2.11.1' },
);
