/** Serial Port Console Redirection table: Microsoft's SPCR specification, revision 2. */

import { bits, flag, u8, u16, u32 } from '../struct.ts';
import { Gas } from './gas.ts';
import { table } from './header.ts';

/** Some of the interface types of the DBG2 specification, table 3. */
export const SerialInterface = {
  Uart16550: 0,
  Uart16450: 1,
  Pl011: 3,
  SbsaGeneric32: 0x0d,
  SbsaGeneric: 0x0e,
  Uart16550Gas: 0x12,
} as const;

/** Codes of the baudRate field. */
export const SpcrBaudRate = { AsIs: 0, B9600: 3, B19200: 4, B57600: 6, B115200: 7 } as const;

export const Spcr = table('SPCR', 2, {
  interfaceType: u8.doc('Kind of serial port, one of SerialInterface'),
  reserved1: u8.reserved(),
  reserved2: u16.reserved(),
  baseAddress: Gas.doc('First register; its access size is how the port is accessed'),
  interruptType: bits(8, {
    pic: flag(0, 'Dual 8259, by pcInterrupt'),
    apic: flag(1, 'I/O APIC, by gsiv'),
    sapic: flag(2, 'I/O SAPIC, by gsiv'),
    gic: flag(3, 'Arm GIC, by gsiv'),
  }).default({}),
  pcInterrupt: u8.default(0).doc('IRQ at the 8259'),
  gsiv: u32.default(0).doc('GSIV of the port'),
  baudRate: u8.default(SpcrBaudRate.AsIs).doc('One of SpcrBaudRate; AsIs leaves what firmware set'),
  parity: u8.default(0).doc('0: none'),
  stopBits: u8.default(1).doc('1: one'),
  flowControl: bits(8, {
    dcd: flag(0, 'DCD is needed to transmit'),
    rtsCts: flag(1, 'RTS/CTS'),
    xonXoff: flag(2, 'XON/XOFF'),
  }).default({}),
  terminalType: u8.default(3).doc('0 VT100, 1 VT100+, 2 VT-UTF8, 3 ANSI'),
  language: u8.reserved(),
  pciDeviceId: u16.default(0xffff).doc('0xffff: no PCI device'),
  pciVendorId: u16.default(0xffff).doc('0xffff: no PCI device'),
  pciBus: u8.default(0),
  pciDevice: u8.default(0),
  pciFunction: u8.default(0),
  pciFlags: u32.default(0).doc('Bit 0: keep Plug and Play away from it'),
  pciSegment: u8.default(0),
  uartClock: u32.default(0).doc('Clock in Hz (revision 3), 0 if not said'),
});
