/** The FADT of a hardware-reduced machine with PSCI: ACPI 6.5, section 5.2.9. */

import { Fadt } from '../tables/fadt.ts';
import type { Machine } from './description.ts';
import { headerNames } from './names.ts';

/** @param dsdt address of the DSDT */
export function fadtOf(machine: Machine, dsdt: bigint): Uint8Array {
  return Fadt.encode({
    ...headerNames(machine),
    flags: { hardwareReduced: true },
    armBootFlags: { psciCompliant: true, psciUseHvc: true },
    xDsdt: dsdt,
  });
}
