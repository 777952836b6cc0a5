/** LoongArch structures of the MADT: ACPI 6.5, sections 5.2.12.20 to 5.2.12.26. */

import { array, bits, bytes, flag, struct, u8, u16, u32, u64 } from '../struct.ts';

const head = (type: number) => ({
  type: u8.constant(type).doc('Kind of structure'),
  length: u8.byteLength().doc('Bytes of this structure'),
  version: u8.default(1).doc('Version of the structure'),
});
const size = u16.doc('Bytes that its registers take');

/** CPU core interrupt controller, section 5.2.12.20. */
export const CorePic = struct(
  'CORE PIC',
  {
    ...head(17),
    uid: u32.doc('_UID of the processor device'),
    coreId: u32.doc('Physical id of the core'),
    flags: bits(32, { enabled: flag(0, 'The processor can be used') })
      .default({ enabled: true })
      .doc('Whether the processor is there'),
  },
  { source: 'ACPI 6.5, 5.2.12.20' },
);

/** Legacy I/O interrupt controller, section 5.2.12.21. */
export const LioPic = struct(
  'LIO PIC',
  {
    ...head(18),
    base: u64.doc('GPA of its registers'),
    size,
    cascadeVectors: bytes(2).doc('Vectors of the core controller that it is wired to'),
    cascadeMaps: array(u32, 2).doc('Which of its inputs go to each of these'),
  },
  { source: 'ACPI 6.5, 5.2.12.21' },
);

/** HyperTransport interrupt controller, section 5.2.12.22. */
export const HtPic = struct(
  'HT PIC',
  {
    ...head(19),
    base: u64.doc('GPA of its registers'),
    size,
    cascadeVectors: bytes(8).doc('Vectors of the controller that it is wired to'),
  },
  { source: 'ACPI 6.5, 5.2.12.22' },
);

/** Extended I/O interrupt controller, section 5.2.12.23. */
export const EioPic = struct(
  'EIO PIC',
  {
    ...head(20),
    cascadeVector: u8.doc('Vector of the core controller that it is wired to'),
    node: u8.doc('Node that it belongs to'),
    nodeMap: u64.doc('Nodes that its interrupts can go to, a bit each'),
  },
  { source: 'ACPI 6.5, 5.2.12.23' },
);

/** MSI interrupt controller, section 5.2.12.24. */
export const MsiPic = struct(
  'MSI PIC',
  {
    ...head(21),
    messageAddress: u64.doc('Address of a message'),
    start: u32.doc('First vector'),
    count: u32.doc('Number of vectors'),
  },
  { source: 'ACPI 6.5, 5.2.12.24' },
);

/** Bridge I/O interrupt controller, section 5.2.12.25. */
export const BioPic = struct(
  'BIO PIC',
  {
    ...head(22),
    base: u64.doc('GPA of its registers'),
    size,
    hardwareId: u16.doc('Id of the controller'),
    gsivBase: u16.doc('GSIV of its first input'),
  },
  { source: 'ACPI 6.5, 5.2.12.25' },
);

/** LPC interrupt controller, section 5.2.12.26. */
export const LpcPic = struct(
  'LPC PIC',
  {
    ...head(23),
    base: u64.doc('GPA of its registers'),
    size,
    cascadeVector: u8.doc('Vector of the bridge controller that it is wired to'),
  },
  { source: 'ACPI 6.5, 5.2.12.26' },
);
