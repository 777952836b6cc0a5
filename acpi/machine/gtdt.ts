/** The GTDT of a machine with the generic timers alone: ACPI 6.5, section 5.2.25. */

import { Gtdt } from '../tables/gtdt.ts';
import type { Machine } from './description.ts';
import { headerNames } from './names.ts';

export function gtdtOf(machine: Machine): Uint8Array {
  const { secureEl1, nonSecureEl1, virtualEl1, el2, virtualEl2, alwaysOn = true } = machine.timers;
  // The timers of Arm processors are level, active low at the pin and high at the GIC, which is what counts here.
  const flags = { alwaysOn };
  return Gtdt.encode({
    ...headerNames(machine),
    secureEl1Gsiv: secureEl1,
    secureEl1Flags: flags,
    nonSecureEl1Gsiv: nonSecureEl1,
    nonSecureEl1Flags: flags,
    virtualEl1Gsiv: virtualEl1,
    virtualEl1Flags: flags,
    el2Gsiv: el2,
    el2Flags: flags,
    ...(virtualEl2 !== undefined && { virtualEl2Gsiv: virtualEl2, virtualEl2Flags: flags }),
  });
}
