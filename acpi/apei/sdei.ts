/** Software Delegated Exception Interface table: Arm DEN0054, appendix on ACPI. */

import { table } from '../tables/header.ts';

/** A header and nothing more: that the table is there says that SDEI is. */
export const Sdei = table(
  'SDEI',
  1,
  {},
  { title: 'Software Delegated Exception Interface table', source: 'Arm DEN0054' },
);
