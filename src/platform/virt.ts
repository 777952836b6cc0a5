/** The board that `rasvm run` is. A new device is a line here. */

import { type GedServices, ged } from '../devices/ged.ts';
import { pl011 } from '../devices/pl011.ts';
import { pl031 } from '../devices/pl031.ts';
import { pl061 } from '../devices/pl061.ts';
import { type PvpanicServices, pvpanic } from '../devices/pvpanic.ts';
import { type ReadAckServices, readAck } from '../devices/read-ack.ts';
import { ADDRESS_MAP, DEVICES, INTERRUPT } from './address-map.ts';
import { type Board, device } from './board.ts';
import { SlotAllocator } from './slots.ts';

export interface VirtOptions {
  /** The guest boots with ACPI, and not by a device tree. */
  readonly acpi: boolean;
  /** There is a second serial port. */
  readonly serial: boolean;
  /** GHESv2 error sources; 0: the guest has no HEST. */
  readonly sources: number;
}

/** What a machine does for the devices of its board. */
export type VirtServices = GedServices & PvpanicServices & ReadAckServices;

export type VirtBoard = Board<VirtServices>;

/** Places are those of QEMU's virt machine where it has them, for habits like earlycon=pl011,0x9000000. */
export function virtBoard({ acpi, serial, sources }: VirtOptions): VirtBoard {
  const slots = new SlotAllocator(DEVICES);
  return [
    device(pl011, 'console', { at: 0x0900_0000, gsivs: [33] }),
    ...(serial ? [device(pl011, 'serial', { at: 0x0904_0000, gsivs: [42] })] : []),
    device(pl031, 'rtc', { at: 0x0901_0000, gsivs: [34] }),
    device(pl061, 'gpio', { at: 0x0903_0000, gsivs: [39] }),
    ...(acpi ? [device(ged, 'ged', { gsivs: [40, INTERRUPT.gedHardwareError] })] : []),
    ...(sources > 0 ? [device(readAck, 'read-ack', { at: ADDRESS_MAP.readAck.base }, { sources })] : []),
    device(pvpanic, 'pvpanic'),
  ].map((placed) => placed(slots));
}
