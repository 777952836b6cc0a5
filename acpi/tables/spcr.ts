/** Serial Port Console Redirection table: Microsoft's SPCR specification 1.10, revisions 2 to 4 of the table. */

import { bits, flag, rest, text, u8, u16, u32 } from '../struct.ts';
import { Gas } from './gas.ts';
import { table } from './header.ts';

/** Kinds of serial ports: subtypes of DebugPortType.Serial, and interface types of the SPCR. */
export const SerialInterface = {
  Uart16550: 0,
  Uart16450: 1,
  Max311xeSpi: 2,
  Pl011: 3,
  Msm8x60: 4,
  Nvidia16550: 5,
  TiOmap: 6,
  Apm88xxxx: 8,
  Msm8974: 9,
  Sam5250: 0x0a,
  IntelUsif: 0x0b,
  Imx6: 0x0c,
  SbsaGeneric32: 0x0d,
  SbsaGeneric: 0x0e,
  ArmDcc: 0x0f,
  Bcm2835: 0x10,
  Sdm845At1843kHz: 0x11,
  Uart16550Gas: 0x12,
  Sdm845At7372kHz: 0x13,
  IntelLpss: 0x14,
  RiscVSbi: 0x15,
} as const;

/** Codes of the baudRate field. */
export const SpcrBaudRate = { AsIs: 0, B9600: 3, B19200: 4, B57600: 6, B115200: 7 } as const;

/** Codes of the terminalType field. */
export const TerminalType = { Vt100: 0, Vt100Plus: 1, VtUtf8: 2, Ansi: 3 } as const;

/** Revision 2 by default, 80 bytes; with `preciseBaudRate` or `namespaceString` (revision 4) 88 and the path. */
export const Spcr = table(
  'SPCR',
  2,
  {
    interfaceType: u8.values(SerialInterface).doc('Kind of serial port'),
    reserved1: u8.reserved(),
    reserved2: u16.reserved(),
    baseAddress: Gas.doc('First register; its access size is how the port is accessed'),
    interruptType: bits(8, {
      pic: flag(0, 'Dual 8259, by pcInterrupt'),
      apic: flag(1, 'I/O APIC, by gsiv'),
      sapic: flag(2, 'I/O SAPIC, by gsiv'),
      gic: flag(3, 'Arm GIC, by gsiv'),
      riscV: flag(4, 'RISC-V PLIC or APLIC, by gsiv'),
    })
      .default({})
      .doc('Interrupt controllers that the port is wired to'),
    pcInterrupt: u8.default(0).doc('IRQ at the 8259'),
    gsiv: u32.default(0).doc('GSIV of the port'),
    baudRate: u8
      .values(SpcrBaudRate)
      .default(SpcrBaudRate.AsIs)
      .doc('Baud rate; AsIs leaves what firmware set'),
    parity: u8.default(0).doc('Always 0: none'),
    stopBits: u8.default(1).doc('Always 1: one'),
    flowControl: bits(8, {
      dcd: flag(0, 'DCD is needed to transmit'),
      rtsCts: flag(1, 'RTS/CTS'),
      xonXoff: flag(2, 'XON/XOFF'),
    })
      .default({})
      .doc('Flow control'),
    terminalType: u8.values(TerminalType).default(TerminalType.Ansi).doc('What the terminal understands'),
    language: u8.reserved(),
    pciDeviceId: u16.default(0xffff).doc('Device id of a PCI device, else 0xffff'),
    pciVendorId: u16.default(0xffff).doc('Vendor id of a PCI device, else 0xffff'),
    pciBus: u8.default(0).doc('Bus of a PCI device'),
    pciDevice: u8.default(0).doc('Device of a PCI device'),
    pciFunction: u8.default(0).doc('Function of a PCI device'),
    pciFlags: u32.default(0).doc('Bit 0: keep Plug and Play away from it'),
    pciSegment: u8.default(0).doc('Segment group of a PCI device'),
    uartClock: u32.default(0).doc('Clock in Hz (revision 3), 0 if not said'),
    preciseBaudRate: u32.since(88).doc('Baud rate that stands in for baudRate (revision 4), 0 if not said'),
    namespaceStringLength: u16
      .bytesOf('namespaceString')
      .since(88)
      .doc('Bytes of the path, its zero included (revision 4)'),
    namespaceStringOffset: u16
      .offsetOf('namespaceString')
      .since(88)
      .doc('Where the path stands (revision 4)'),
    namespaceString: text()
      .orZero()
      .doc("Path of the port in the namespace (revision 4), '.' if it is not there"),
    trailing: rest.orZero().doc('Bytes of a later revision'),
  },
  { title: 'Serial Port Console Redirection Table', usualLength: 80, source: 'Microsoft SPCR 1.10' },
);
