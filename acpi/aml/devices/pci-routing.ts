/** PCI interrupt routing: ACPI 6.5, section 6.2.13. */

import { Name } from '../statement.ts';
import { type Aml, Path } from '../term.ts';

/** An interrupt pin of the functions of a device, and where it goes. */
export interface PciRoute {
  readonly device: number;
  /** 0 to 3: INTA to INTD. */
  readonly pin: number;
  /** GSIV, or the index of the interrupt of the link device. */
  readonly interrupt: number;
  /** Path of a link device; without, `interrupt` is a GSIV. */
  readonly link?: string;
}

/** _PRT. */
export function PciRoutingTable(routes: readonly PciRoute[]): Aml {
  return Name(
    '_PRT',
    routes.map(({ device, pin, interrupt, link }) => [
      device * 0x1_0000 + 0xffff,
      pin,
      link === undefined ? 0 : Path(link),
      interrupt,
    ]),
  );
}

/** The pins of the devices of a bus over four GSIVs, so that pin A of devices that follow one another differ. */
export function swizzledRoutes(gsivs: readonly [number, number, number, number], devices = 32): PciRoute[] {
  return Array.from({ length: devices * 4 }, (_, index) => {
    const device = index >> 2;
    const pin = index & 3;
    return { device, pin, interrupt: gsivs[(device + pin) % 4]! };
  });
}
