/** Root System Description Pointer: ACPI 6.5, section 5.2.5.3. */

import { ascii, bytes, struct, u8, u32, u64 } from '../struct.ts';

export const Rsdp = struct(
  'RSDP',
  {
    signature: ascii(8).constant('RSD PTR ').doc('Marks the structure'),
    checksum: u8.checksum(20).doc('Makes the 20 bytes of revision 0 sum up to zero'),
    oemId: ascii(6, ' ').default('RASVM').doc('Who made the tables'),
    revision: u8.default(2).doc('2 since ACPI 2.0'),
    rsdtAddress: u32.default(0).doc('GPA of the RSDT, 0 if there is none'),
    length: u32.byteLength().doc('Bytes of this structure'),
    xsdtAddress: u64.doc('GPA of the XSDT'),
    extendedChecksum: u8.checksum().doc('Makes the whole structure sum up to zero'),
    reserved: bytes(3).reserved(),
  },
  { title: 'Root System Description Pointer', source: 'ACPI 6.5, 5.2.5.3' },
);
