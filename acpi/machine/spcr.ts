/** The SPCR of a machine whose console is a serial port. */

import { Spcr, SpcrBaudRate } from '../tables/spcr.ts';
import type { Machine } from './description.ts';
import { headerNames } from './names.ts';
import { BAUD_RATE, hasUse, INTERFACE, serialPorts, serialRegister } from './serial.ts';

export function spcrOf(machine: Machine): Uint8Array | undefined {
  const serial = serialPorts(machine).find((port, number) => hasUse(port, number, 'console'));
  if (serial === undefined) return undefined;
  const { type, gsiv, baudRate } = serial;
  return Spcr.encode({
    ...headerNames(machine),
    interfaceType: INTERFACE[type],
    baseAddress: serialRegister(serial),
    interruptType: { gic: true },
    gsiv,
    baudRate: baudRate === undefined ? SpcrBaudRate.AsIs : BAUD_RATE[baudRate],
  });
}
