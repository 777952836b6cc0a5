/** Flags of a section: UEFI 2.11, appendix N.2.2, table N.4; the same in ACPI's data entries. */

import { flag } from '../struct.ts';

export const SECTION_FLAGS = {
  primary: flag(0, 'The section to look at first'),
  containmentWarning: flag(1, 'The error may have spread'),
  reset: flag(2, 'The component was reset'),
  thresholdExceeded: flag(3, 'Stop using what the section names'),
  notAccessible: flag(4, 'The resource could not be asked'),
  latent: flag(5, 'Corrected or contained for now'),
  propagated: flag(6, 'Found where poison was used, not where it arose'),
  overflow: flag(7, 'Errors were lost'),
};
