/** A place for a device that is on no board. */

import type { Device, DeviceKind, Slot } from '../../../src/devices/device.ts';

/** @param gsiv of its first line; the others follow */
export function slotOf(
  { name, needs }: Pick<DeviceKind<never, never, Device>, 'name' | 'needs'>,
  gsiv = 33,
): Slot {
  const { mmio = 0, lines = [] } = needs;
  return {
    id: name,
    base: 0x900_0000,
    size: mmio,
    lines: lines.map((trigger, line) => ({ gsiv: gsiv + line, trigger })),
  };
}
