/** Arm RAS section: not UEFI's, but Arm's: DEN0085, revision 1, tables 20 to 26. */

import {
  array,
  ascii,
  bits,
  bytes,
  flag,
  guid,
  list,
  range,
  rest,
  struct,
  u8,
  u16,
  u32,
  u64,
} from '../struct.ts';

export const ARM_RAS_ERROR = 'bf32d4d5-b427-4025-8495-8a9e5d4030e4';

/** Kinds of component, numbered as AEST numbers its nodes. */
export const ArmRasComponentType = {
  Processor: 0,
  Memory: 1,
  Smmu: 2,
  Vendor: 3,
  Gic: 4,
  Pcie: 5,
  Proxy: 6,
} as const;

/** How a component is told from others of its type. */
export const ArmRasInstanceFormat = {
  /** By MPIDR_EL1 of the processor. */
  Processor: 0,
  /** By its address in the system. */
  SystemPhysicalAddress: 1,
  /** By the number of a local address space and an address there. */
  LocalAddress: 2,
  /** By a number of the SoC's own. */
  SocSpecific: 3,
} as const;

/** Key of a value that is an MPAM PARTID. */
export const ARM_RAS_MPAM_PARTID = 'ebb45182-fb03-4bf9-9aca-8613709fd789';

/** An error record of the RAS extension, its registers: 72 bytes, table 21. */
export const ArmRasErrorRecord = struct(
  'Arm RAS error record',
  {
    index: u32.doc('Number of the record in its node'),
    rasRevision: bits(8, {
      architectureVersion: range(0, 3, 'ARCHVER of ERRDEVARCH'),
      revision: range(4, 7, 'REVISION of ERRDEVARCH'),
    })
      .default({})
      .doc('Version of the RAS architecture; all zero where there are no MISC2 and MISC3'),
    reserved: bytes(3).reserved(),
    fr: u64.default(0n).doc('ERR<n>FR, features'),
    ctlr: u64.default(0n).doc('ERR<n>CTLR, control'),
    status: u64.default(0n).doc('ERR<n>STATUS, primary status'),
    address: u64.default(0n).doc('ERR<n>ADDR, address'),
    misc0: u64.default(0n).doc('ERR<n>MISC0'),
    misc1: u64.default(0n).doc('ERR<n>MISC1'),
    misc2: u64.default(0n).doc('ERR<n>MISC2'),
    misc3: u64.default(0n).doc('ERR<n>MISC3'),
  },
  { source: 'Arm DEN0085 revision 1, table 21' },
);

export const ArmRasRegister = struct(
  'Arm RAS memory mapped register',
  {
    address: u64.doc('Address of the register'),
    value: u64.doc('What it held'),
  },
  { source: 'Arm DEN0085 revision 1, table 24' },
);

/** Registers of one address space. */
export const ArmRasContext = struct(
  'Arm RAS auxiliary context',
  {
    length: u32.byteLength().doc('Bytes of this context'),
    flags: bits(8, { local: flag(0, 'Addresses are of a local address space') })
      .default({})
      .doc('Which addresses these are'),
    reserved: u8.reserved(),
    registerCount: u16.countOf('registers').doc('Number of registers'),
    addressSpaceId: u16.default(0).doc('Number of the local address space'),
    reserved2: bytes(6).reserved(),
    registers: list(ArmRasRegister).doc('Registers with their addresses'),
    trailing: rest.orZero().doc('Bytes after the registers'),
  },
  { source: 'Arm DEN0085 revision 1, table 23' },
);

export const ArmRasKeyValue = struct(
  'Arm RAS key and value',
  {
    key: guid.doc('GUID of what the value means'),
    value: u64.doc('The value'),
  },
  { source: 'Arm DEN0085 revision 1, table 25' },
);

/** 16 bytes, then contexts, keys and values. */
export const ArmRasAuxiliaryData = struct(
  'Arm RAS auxiliary data',
  {
    version: u8.usually(1).doc('Version of this structure'),
    reserved: u8.reserved(),
    contextCount: u16.countOf('contexts').doc('Number of contexts'),
    size: u32.statedLength().doc('Bytes of the auxiliary data'),
    keyValueOffset: u32
      .offsetOf('keyValues')
      .doc('Where keys and values begin, from the start of these data'),
    keyValueCount: u16.countOf('keyValues').doc('Number of keys and values'),
    reserved2: u16.reserved(),
    contexts: list(ArmRasContext).default([]).doc('Registers, by address space'),
    keyValues: list(ArmRasKeyValue).default([]).doc('Keys and values'),
    trailing: rest.orZero().doc('Bytes after the auxiliary data, as they are'),
  },
  { source: 'Arm DEN0085 revision 1, table 22' },
);

/** 80 bytes, then error records and auxiliary data. */
export const ArmRasError = struct(
  'Arm RAS error',
  {
    revision: u32.usually(1).doc('Revision of this structure'),
    componentType: u8.values(ArmRasComponentType).doc('Kind of component'),
    reserved: bytes(3).reserved(),
    errorRecordCount: u32.countOf('errorRecords').doc('Number of error records'),
    errorRecordOffset: u16.offsetOf('errorRecords').doc('Where the error records begin'),
    auxiliaryDataOffset: u16.offsetOf('auxiliaryData').doc('Where the auxiliary data begin'),
    ipInstanceFormat: u8.values(ArmRasInstanceFormat).doc('What ipInstance has'),
    ipTypeFormat: u8.default(255).doc('What ipType has; 255 where it has nothing'),
    reserved2: bytes(6).reserved(),
    ipInstance: array(u64, 2)
      .default([0n, 0n])
      .doc('Which component of its type, in the form of ipInstanceFormat'),
    ipType: bytes(24).orZero().doc('Identification registers of the component, in the form of ipTypeFormat'),
    userData: ascii(16).default('').doc('Text of the platform'),
    errorRecords: list(ArmRasErrorRecord).doc('Error records'),
    auxiliaryData: ArmRasAuxiliaryData.orZero().doc('More registers and values'),
    trailing: rest.orZero().doc('Bytes after the section, as they are'),
  },
  { source: 'Arm DEN0085 revision 1, table 20' },
);

/** Arm RAS error, by its type. */
export const ARM_RAS = { sectionType: ARM_RAS_ERROR, codec: ArmRasError } as const;
