/** A device of which the DSDT says nothing but who it is, where its registers are and what interrupts it has. */

import { DeviceMemory, Interrupt, ResourceTemplate } from '../resource.ts';
import { Device, Name } from '../statement.ts';
import type { Aml } from '../term.ts';
import { identity } from './identity.ts';

export interface PlainDeviceOptions {
  /** ACPI or PNP id, by which its driver knows it. */
  readonly hid: string;
  /** Default 0. */
  readonly uid?: number | undefined;
  /** GPA and size in bytes of its registers. */
  readonly memory?: readonly { readonly base: number | bigint; readonly size: number | bigint }[] | undefined;
  /** Default level. */
  readonly interrupts?:
    | readonly { readonly gsiv: number; readonly trigger?: 'edge' | 'level' | undefined }[]
    | undefined;
}

export function PlainDevice(path: string, options: PlainDeviceOptions): Aml {
  const { hid, uid = 0, memory = [], interrupts = [] } = options;
  const resources = [
    ...memory.map(({ base, size }) => DeviceMemory(base, size)),
    ...interrupts.map(({ gsiv, trigger = 'level' }) => Interrupt({ trigger }, gsiv)),
  ];
  return Device(path, ...identity(hid, uid), Name('_CRS', ResourceTemplate(...resources)));
}
