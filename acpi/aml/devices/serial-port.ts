/** Serial ports: Arm's PL011 and SBSA generic UART (Arm DEN 0094, BSA), and 16550 ones. */

import { DeviceMemory, Interrupt, ResourceTemplate } from '../resource.ts';
import { Device, Name } from '../statement.ts';
import type { Aml } from '../term.ts';
import { identity } from './identity.ts';

export interface SerialPortOptions {
  readonly uid: number;
  /** GPA of the registers. */
  readonly base: number | bigint;
  readonly size: number | bigint;
  readonly gsiv: number;
}

function serialPort(path: string, hid: string, options: SerialPortOptions, terms: readonly Aml[]): Aml {
  const { uid, base, size, gsiv } = options;
  const resources = ResourceTemplate(DeviceMemory(base, size), Interrupt({ trigger: 'level' }, gsiv));
  return Device(path, ...identity(hid, uid), Name('_CRS', resources), ...terms);
}

/** ARMH0011. */
export function Pl011(path: string, options: SerialPortOptions, ...terms: readonly Aml[]): Aml {
  return serialPort(path, 'ARMH0011', options, terms);
}

/** ARMHB000. */
export function SbsaUart(path: string, options: SerialPortOptions, ...terms: readonly Aml[]): Aml {
  return serialPort(path, 'ARMHB000', options, terms);
}

/** PNP0501, registers in memory. */
export function Uart16550(path: string, options: SerialPortOptions, ...terms: readonly Aml[]): Aml {
  return serialPort(path, 'PNP0501', options, terms);
}
