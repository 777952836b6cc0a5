/** Memory that belongs to no driver, such as the configuration space of PCIe: PCI Firmware Specification 3.3, 4.1.2. */

import { ResourceTemplate } from '../resource.ts';
import { Device, Name } from '../statement.ts';
import type { Aml } from '../term.ts';
import { identity } from './identity.ts';

/** PNP0C02: motherboard resources. */
export function ReservedResources(path: string, uid: number, ...descriptors: readonly Aml[]): Aml {
  return Device(path, ...identity('PNP0C02', uid), Name('_CRS', ResourceTemplate(...descriptors)));
}
