/** Differentiated and Secondary System Description Tables: ACPI 6.5, sections 5.2.11.1 and 5.2.11.2. */

import { rest } from '../struct.ts';
import { table } from './header.ts';

/** Revision 2: integers have 64 bits. */
export const Dsdt = table('DSDT', 2, { body: rest.doc('AML, as aml.definitionBlock makes it') });

export const Ssdt = table('SSDT', 2, { body: rest.doc('AML, as aml.definitionBlock makes it') });
