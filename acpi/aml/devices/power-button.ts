/** Power button as a control method device: ACPI 6.5, section 4.8.3.2.2.1. */

import { Device, Notify } from '../statement.ts';
import type { Aml } from '../term.ts';
import { identity } from './identity.ts';

/** PNP0C0C. */
export function PowerButton(path: string, uid = 0): Aml {
  return Device(path, ...identity('PNP0C0C', uid));
}

/** Tells the driver of the button at `path` that it was pressed. */
export function NotifyPowerButton(path: string): Aml {
  return Notify(path, 0x80);
}
