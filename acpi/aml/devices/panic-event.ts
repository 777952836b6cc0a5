/** The pvpanic device, by which a guest says that its kernel has panicked (QEMU docs/specs/pvpanic.rst). */

import { DeviceMemory, ResourceTemplate } from '../resource.ts';
import { Device, Name } from '../statement.ts';
import type { Aml } from '../term.ts';
import { identity } from './identity.ts';

export interface PanicEventDeviceOptions {
  readonly uid: number;
  /** GPA of the register. */
  readonly base: number | bigint;
  readonly size: number | bigint;
}

/** QEMU0001, its register in memory (Linux drivers/misc/pvpanic/pvpanic-mmio.c). */
export function PanicEventDevice(path: string, { uid, base, size }: PanicEventDeviceOptions): Aml {
  return Device(path, ...identity('QEMU0001', uid), Name('_CRS', ResourceTemplate(DeviceMemory(base, size))));
}
