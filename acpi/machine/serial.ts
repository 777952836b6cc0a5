/** What the SPCR, the DBG2 and the DSDT tell of a machine's serial ports. */

import { memoryRegister } from '../tables/gas.ts';
import { SerialInterface, SpcrBaudRate } from '../tables/spcr.ts';
import type { Machine, SerialPort } from './description.ts';

/** Interface types of the DBG2 specification, which the SPCR uses too; registers of 32 bits. */
export const INTERFACE = {
  pl011: SerialInterface.Pl011,
  sbsa: SerialInterface.SbsaGeneric32,
  '16550': SerialInterface.Uart16550Gas,
} as const;

export const BAUD_RATE = {
  9600: SpcrBaudRate.B9600,
  19200: SpcrBaudRate.B19200,
  57600: SpcrBaudRate.B57600,
  115200: SpcrBaudRate.B115200,
} as const;

/** Bytes of the registers, unless the machine says otherwise. */
export const SERIAL_SIZE = 4096;

/** By their numbers. */
export function serialPorts({ serial = [] }: Machine): readonly SerialPort[] {
  return isList(serial) ? serial : [serial];
}

/** Array.isArray() does not know of lists that are only read. */
function isList(serial: SerialPort | readonly SerialPort[]): serial is readonly SerialPort[] {
  return Array.isArray(serial);
}

/** Name of a port's device in the DSDT, and its path. */
export const serialName = (number: number) => `COM${number.toString(16).toUpperCase()}`;
export const serialPath = (number: number) => `\\_SB.${serialName(number)}`;

export function serialRegister({ type, base }: SerialPort) {
  return memoryRegister(BigInt(base), type === '16550' ? 8 : 32);
}

/** Whether the port of this number has the use: the first one is the console unless it says otherwise. */
export function hasUse({ use }: SerialPort, number: number, wanted: 'console' | 'debug'): boolean {
  return use ? use.includes(wanted) : number === 0 && wanted === 'console';
}
