/** Rules for the SPCR: what Linux takes for a console. */

import type { Decoded } from '../../struct.ts';
import { SerialInterface, type Spcr } from '../../tables/spcr.ts';
import { ALL_KERNELS, kinds } from '../finding.ts';
import type { Report } from '../report.ts';

export const LINUX_SPCR = kinds('linux', 'Linux drivers/acpi/spcr.c', {
  LINUX_SPCR_INTERFACE: {
    severity: 'error',
    meaning: 'A serial port of this kind becomes no console',
    kernels: ALL_KERNELS,
  },
  LINUX_SPCR_BAUD_RATE: {
    severity: 'error',
    meaning: 'With a baud rate that is not known there is no console',
    kernels: ALL_KERNELS,
  },
  LINUX_SPCR_ACCESS: {
    severity: 'warning',
    meaning: 'With an access size of 8 bytes or none, bytes are accessed ("Unexpected SPCR Access Width")',
    kernels: ALL_KERNELS,
  },
});

const KNOWN: readonly number[] = [
  SerialInterface.Uart16550,
  SerialInterface.Uart16450,
  SerialInterface.Pl011,
  SerialInterface.Nvidia16550,
  SerialInterface.SbsaGeneric32,
  SerialInterface.SbsaGeneric,
  SerialInterface.Bcm2835,
  SerialInterface.Uart16550Gas,
];

export function checkSpcr(report: Report, table: Decoded<typeof Spcr>): void {
  const { interfaceType, baudRate, baseAddress, preciseBaudRate = 0 } = table;
  if (!KNOWN.includes(interfaceType))
    report.tell(LINUX_SPCR.LINUX_SPCR_INTERFACE, 'interfaceType', `is ${interfaceType}`);
  if (preciseBaudRate === 0 && ![0, 3, 4, 6, 7].includes(baudRate))
    report.tell(LINUX_SPCR.LINUX_SPCR_BAUD_RATE, 'baudRate', `is ${baudRate}`);
  const needsAccess = interfaceType !== SerialInterface.SbsaGeneric32 && baseAddress.addressSpace === 0;
  if (needsAccess && (baseAddress.accessSize === 0 || baseAddress.accessSize > 3))
    report.tell(LINUX_SPCR.LINUX_SPCR_ACCESS, 'baseAddress.accessSize', `is ${baseAddress.accessSize}`);
}
