/** Debug Port Table 2: Microsoft's DBG2 specification of 2020-09-21. */

import { list, rest, struct, text, u8, u16, u32 } from '../struct.ts';
import { Gas } from './gas.ts';
import { table } from './header.ts';

/** Kinds of debug ports: table 3. */
export const DebugPortType = { Serial: 0x8000, Ieee1394: 0x8001, Usb: 0x8002, Net: 0x8003 } as const;

/** Subtypes of DebugPortType.Usb. */
export const UsbDebugPort = { Xhci: 0, Ehci: 1 } as const;

const source = 'Microsoft DBG2 (2020-09-21)';

/** Debug device information: 22 bytes, registers and their sizes, path, data. */
export const DebugDevice = struct(
  'Debug device',
  {
    revision: u8.usually(0).doc('Revision of this structure'),
    length: u16.byteLength().doc('Bytes of this structure, all that it points to included'),
    registerCount: u8.countOf('baseAddresses', 'addressSizes').doc('Number of register ranges'),
    namespaceStringLength: u16.bytesOf('namespaceString').doc('Bytes of the path, its zero included'),
    namespaceStringOffset: u16.offsetOf('namespaceString').doc('Where the path stands'),
    oemDataLength: u16.bytesOf('oemData').doc('Bytes of the data of the maker'),
    oemDataOffset: u16.offsetOf('oemData').doc('Where the data of the maker stand'),
    portType: u16.values(DebugPortType).default(DebugPortType.Serial).doc('Kind of port'),
    portSubtype: u16.doc('Kind among those of the type, for Serial one of SerialInterface'),
    reserved: u16.reserved(),
    baseAddressOffset: u16.offsetOf('baseAddresses').doc('Where the register ranges stand'),
    addressSizeOffset: u16.offsetOf('addressSizes').doc('Where the sizes of the register ranges stand'),
    baseAddresses: list(Gas).doc('Register ranges'),
    addressSizes: list(u32).doc('Bytes of each of the register ranges'),
    namespaceString: text().default('.').doc("Path of the port in the namespace, '.' if it is not there"),
    oemData: rest.orZero().doc('Data of the maker'),
    trailing: rest.orZero().doc('Bytes between the members and the end'),
  },
  { source },
);

export const Dbg2 = table(
  'DBG2',
  0,
  {
    deviceOffset: u32.offsetOf('devices').doc('Where the devices begin, from the start of the table'),
    deviceCount: u32.countOf('devices').doc('Number of devices'),
    devices: list(DebugDevice).doc('Ports that a debugger can use'),
  },
  { title: 'Debug Port Table 2', source },
);
