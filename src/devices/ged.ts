/**
 * The Generic Event Device's two interrupts (ACPI 6.5, section 5.6.9): edges, no registers. The DSDT's _EVT
 * turns them into Notify(PWRB, 0x80) and Notify(ERRD, 0x80).
 */

import type { Device, DeviceKind, InterruptLine, Slot } from './device.ts';

/** What a machine does for its Generic Event Device. */
export interface GedServices {
  /** Raises and lowers an interrupt's line. */
  pulse(line: InterruptLine): void;
}

/** In the order of the device's lines. */
const LINE = { power: 0, hardwareError: 1 } as const;

/** ACPI alone has such a device; the HEST's sources name its second line. */
export const ged = {
  name: 'ged',
  needs: { lines: ['edge', 'edge'] },
  acpi: ({ lines }) => ({ powerButtonGsiv: lines[LINE.power]!.gsiv }),
  create: (slot, _, services) => new GenericEventDevice(slot, services),
} satisfies DeviceKind<void, GedServices, GenericEventDevice>;

export class GenericEventDevice implements Device {
  readonly #lines: readonly InterruptLine[];
  readonly #services: GedServices;

  constructor({ lines }: Slot, services: GedServices) {
    this.#lines = lines;
    this.#services = services;
  }

  /** The power button is pressed: Linux starts to power off. */
  powerButton(): void {
    this.#services.pulse(this.#lines[LINE.power]!);
  }

  /** A hardware error source with GSIV or GPIO notification has a record: Linux looks at all of them. */
  hardwareError(): void {
    this.#services.pulse(this.#lines[LINE.hardwareError]!);
  }

  reset(): void {
    // An edge leaves nothing behind.
  }
}
