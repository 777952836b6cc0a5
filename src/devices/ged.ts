/**
 * The Generic Event Device's two interrupts (ACPI 6.5, section 5.6.9): edges, no registers. The DSDT's _EVT
 * turns them into Notify(PWRB, 0x80) and Notify(ERRD, 0x80).
 */

import { INTERRUPT } from '../platform/address-map.ts';

export class GenericEventDevice {
  readonly #pulse: (gsiv: number) => void;

  /** @param pulse raises and lowers an interrupt's line */
  constructor(pulse: (gsiv: number) => void) {
    this.#pulse = pulse;
  }

  /** The power button is pressed: Linux starts to power off. */
  powerButton(): void {
    this.#pulse(INTERRUPT.gedPower);
  }

  /** A hardware error source with GSIV or GPIO notification has a record: Linux looks at all of them. */
  hardwareError(): void {
    this.#pulse(INTERRUPT.gedHardwareError);
  }
}
