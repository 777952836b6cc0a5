/** The DBG2 of a machine whose debug port is a serial port. */

import { Dbg2 } from '../tables/dbg2.ts';
import type { Machine } from './description.ts';
import { headerNames } from './names.ts';
import { hasUse, INTERFACE, SERIAL_PATH, SERIAL_SIZE, serialRegister } from './serial.ts';

export function dbg2Of(machine: Machine): Uint8Array | undefined {
  const { serial } = machine;
  if (serial === undefined || !hasUse(serial, 'debug')) return undefined;
  return Dbg2.encode({
    ...headerNames(machine),
    devices: [
      {
        portSubtype: INTERFACE[serial.type],
        baseAddresses: [serialRegister(serial)],
        addressSizes: [Number(serial.size ?? SERIAL_SIZE)],
        namespaceString: SERIAL_PATH,
      },
    ],
  });
}
