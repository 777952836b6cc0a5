/** CXL Early Discovery Table: CXL 3.1, section 9.18.1. */

import { bits, flag, list, range, struct, u8, u16, u32, u64, union } from '../struct.ts';
import { table } from './header.ts';

export const CxlVersion = { Cxl11: 0, Cxl20: 1 } as const;

/** CXL host bridge structure, section 9.18.1.2. */
export const Chbs = struct(
  'CHBS',
  {
    type: u8.constant(0).doc('Kind of structure'),
    reserved: u8.reserved(),
    length: u16.byteLength().doc('Bytes of this structure'),
    uid: u32.doc('_UID of the host bridge'),
    cxlVersion: u32.values(CxlVersion).default(CxlVersion.Cxl20).doc('What base is the address of'),
    reserved2: u32.reserved(),
    base: u64.doc('GPA: Cxl11 the RCRB of the downstream port, Cxl20 the component registers'),
    size: u64.doc('Bytes at base: Cxl11 0x2000, Cxl20 0x10000'),
  },
  { source: 'CXL 3.1, 9.18.1.2' },
);

/** Encoded number of ways. */
export const InterleaveWays = {
  Ways1: 0,
  Ways2: 1,
  Ways4: 2,
  Ways8: 3,
  Ways16: 4,
  Ways3: 8,
  Ways6: 9,
  Ways12: 10,
} as const;
export const InterleaveArithmetic = { Modulo: 0, Xor: 1 } as const;
/** Encoded bytes of a stride. */
export const InterleaveGranularity = {
  Bytes256: 0,
  Bytes512: 1,
  Bytes1024: 2,
  Bytes2048: 3,
  Bytes4096: 4,
  Bytes8192: 5,
  Bytes16384: 6,
} as const;

/** CXL fixed memory window structure, section 9.18.1.3. */
export const Cfmws = struct(
  'CFMWS',
  {
    type: u8.constant(1).doc('Kind of structure'),
    reserved: u8.reserved(),
    length: u16.byteLength().doc('Bytes of this structure'),
    reserved2: u32.reserved(),
    base: u64.doc('GPA of the window, a multiple of 256 MiB'),
    size: u64.doc('Bytes of the window, a multiple of 256 MiB times the ways'),
    interleaveWays: u8.values(InterleaveWays).default(InterleaveWays.Ways1).doc('Ways, encoded'),
    interleaveArithmetic: u8
      .values(InterleaveArithmetic)
      .default(InterleaveArithmetic.Modulo)
      .doc('How an address is given to a target'),
    reserved3: u16.reserved(),
    granularity: u32
      .values(InterleaveGranularity)
      .default(0)
      .doc('Bytes that go to one target in a row, encoded'),
    restrictions: bits(16, {
      deviceCoherent: flag(0, 'For device-coherent memory (CXL 2.0: type 2)'),
      hostOnlyCoherent: flag(1, 'For host-only-coherent memory (CXL 2.0: type 3)'),
      volatile: flag(2, 'For volatile memory'),
      persistent: flag(3, 'For persistent memory'),
      fixed: flag(4, 'The configuration of the devices must not change'),
      backInvalidate: flag(5, 'For device-coherent memory with back-invalidation (CXL 3.0)'),
    })
      .default({})
      .doc('What the window may be used for'),
    qtgId: u16.default(0).doc('QoS throttling group'),
    targets: list(u32).doc('_UID of the host bridges, as many as there are ways'),
  },
  { source: 'CXL 3.1, 9.18.1.3' },
);

/** CXL XOR interleave math structure, section 9.18.1.4. */
export const Cxims = struct(
  'CXIMS',
  {
    type: u8.constant(2).doc('Kind of structure'),
    reserved: u8.reserved(),
    length: u16.byteLength().doc('Bytes of this structure'),
    reserved2: u16.reserved(),
    granularity: u8
      .values(InterleaveGranularity)
      .default(0)
      .doc('The windows with it use these maps, encoded'),
    xorMapCount: u8.countOf('xorMaps').doc('Number of XOR maps'),
    xorMaps: list(u64).doc('Bits of an address whose XOR gives a bit of the number of the target'),
  },
  { source: 'CXL 3.1, 9.18.1.4' },
);

export const RdpasProtocol = { CxlIo: 0, CxlCacheMem: 1 } as const;

/** RCEC downstream port association structure, section 9.18.1.5. */
export const Rdpas = struct(
  'RDPAS',
  {
    type: u8.constant(3).doc('Kind of structure'),
    reserved: u8.reserved(),
    length: u16.byteLength().doc('Bytes of this structure'),
    segment: u16.default(0).doc('PCI segment group of the event collector'),
    bdf: bits(16, {
      function: range(0, 2, 'Function'),
      device: range(3, 7, 'Device'),
      bus: range(8, 15, 'Bus'),
    }).doc('The event collector'),
    protocol: u8
      .values(RdpasProtocol)
      .doc('What base is the address of: CxlIo the RCRB, CxlCacheMem the registers'),
    base: u64.doc('GPA in the downstream port'),
  },
  { source: 'CXL 3.1, 9.18.1.5' },
);

/** CXL system description structure, section 9.18.1.6. */
export const Csds = struct(
  'CSDS',
  {
    type: u8.constant(4).doc('Kind of structure'),
    reserved: u8.reserved(),
    length: u16.byteLength().doc('Bytes of this structure'),
    capabilities: bits(16, {
      partialCompareM: flag(0, 'CMP_M'),
      noCleanWriteback: flag(1, 'The hosts write back only lines that they changed'),
    })
      .default({})
      .doc('What the system can do'),
    reserved2: u16.reserved(),
  },
  { source: 'CXL 3.1, 9.18.1.6' },
);

export const CxlStructure = union(
  'CEDT structure',
  { tag: 1, length: { at: 2, size: 2 } },
  { chbs: Chbs, cfmws: Cfmws, cxims: Cxims, rdpas: Rdpas, csds: Csds },
);

/** Revision 2 (CXL 3.1). */
export const Cedt = table(
  'CEDT',
  2,
  { structures: list(CxlStructure).doc('Host bridges, windows and what goes with them') },
  { title: 'CXL Early Discovery Table', source: 'CXL 3.1, 9.18.1' },
);
