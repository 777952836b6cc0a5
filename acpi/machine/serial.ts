/** What the SPCR and the DBG2 tell of a machine's serial port. */

import { memoryRegister } from '../tables/gas.ts';
import { SerialInterface, SpcrBaudRate } from '../tables/spcr.ts';
import type { SerialPort } from './description.ts';

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

/** Path of the port's device in the DSDT. */
export const SERIAL_PATH = '\\_SB.COM0';

export function serialRegister({ type, base }: SerialPort) {
  return memoryRegister(BigInt(base), type === '16550' ? 8 : 32);
}

export function hasUse({ use = ['console'] }: SerialPort, wanted: 'console' | 'debug'): boolean {
  return use.includes(wanted);
}
