/** The DBG2 of a machine whose debug ports are serial ports. */

import { Dbg2 } from '../tables/dbg2.ts';
import type { Machine } from './description.ts';
import { headerNames } from './names.ts';
import { hasUse, INTERFACE, SERIAL_SIZE, serialPath, serialPorts, serialRegister } from './serial.ts';

export function dbg2Of(machine: Machine): Uint8Array | undefined {
  const devices = serialPorts(machine).flatMap((port, number) =>
    hasUse(port, number, 'debug')
      ? [
          {
            portSubtype: INTERFACE[port.type],
            baseAddresses: [serialRegister(port)],
            addressSizes: [Number(port.size ?? SERIAL_SIZE)],
            namespaceString: serialPath(number),
          },
        ]
      : [],
  );
  return devices.length === 0 ? undefined : Dbg2.encode({ ...headerNames(machine), devices });
}
