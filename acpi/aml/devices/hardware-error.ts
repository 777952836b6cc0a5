/** Hardware error device: ACPI 6.5, section 18.3.2.9. It is notified of errors whose sources notify by GSIV or GPIO. */

import { Device, Notify } from '../statement.ts';
import type { Aml } from '../term.ts';
import { identity } from './identity.ts';

/** PNP0C33. */
export function HardwareErrorDevice(path: string, uid = 0): Aml {
  return Device(path, ...identity('PNP0C33', uid));
}

/** Tells the driver of the device at `path` that there is an error. */
export function NotifyHardwareError(path: string): Aml {
  return Notify(path, 0x80);
}
