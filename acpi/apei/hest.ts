/** Hardware Error Source Table: ACPI 6.5, section 18.3.2. */

import { list, u32, union } from '../struct.ts';
import { table } from '../tables/header.ts';
import { Ghes, GhesV2 } from './ghes.ts';

/** An error source. Types have no length of their own, so an unknown one takes the rest of the table. */
export const ErrorSource = union('Error source', { tag: 2 }, { ghes: Ghes, ghesV2: GhesV2 });

export const Hest = table('HEST', 1, {
  sourceCount: u32.countOf('sources').doc('Number of error sources'),
  sources: list(ErrorSource).doc('Error sources'),
});
