/** Virtio devices in memory, as Linux knows them (drivers/virtio/virtio_mmio.c). */

import { DeviceMemory, Interrupt, ResourceTemplate } from '../resource.ts';
import { Device, Name } from '../statement.ts';
import type { Aml } from '../term.ts';
import { identity } from './identity.ts';

export interface VirtioMmioOptions {
  readonly uid: number;
  /** GPA of the registers. */
  readonly base: number | bigint;
  /** Default 512 bytes. */
  readonly size?: number | bigint;
  readonly gsiv: number;
  /** Default level. */
  readonly trigger?: 'edge' | 'level';
}

/** LNRO0005. */
export function VirtioMmio(path: string, options: VirtioMmioOptions): Aml {
  const { uid, base, size = 0x200, gsiv, trigger = 'level' } = options;
  return Device(
    path,
    ...identity('LNRO0005', uid),
    Name('_CCA', 1),
    Name('_CRS', ResourceTemplate(DeviceMemory(base, size), Interrupt({ trigger }, gsiv))),
  );
}
