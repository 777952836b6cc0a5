/** CXL protocol error section: UEFI 2.11, appendix N.2.13. */

import { array, bits, bytes, flag, range, rest, struct, u8, u16, u32, u64 } from '../struct.ts';
import { PcieCapability } from './pci-registers.ts';
import { PciSlot } from './pcie.ts';

export const CXL_PROTOCOL_ERROR = '80b9efb4-52b5-4de3-a777-68784b771048';

/** Component that found the error. */
export const CxlAgentType = {
  RestrictedDevice: 0,
  RestrictedHostDownstreamPort: 1,
  Device: 2,
  LogicalDevice: 3,
  FabricManagerLogicalDevice: 4,
  RootPort: 5,
  DownstreamSwitchPort: 6,
  UpstreamSwitchPort: 7,
} as const;

/** Where an agent is, but for a restricted host's downstream port. */
export const CxlAgentAddress = struct(
  'CXL agent address',
  {
    function: u8.default(0).doc('Function number'),
    device: u8.default(0).doc('Device number'),
    bus: u8.default(0).doc('Bus number'),
    segment: u16.default(0).doc('Segment'),
    reserved: bytes(3).reserved(),
  },
  { source: 'UEFI 2.11, N.2.13' },
);

export const CxlProtocolDeviceId = struct(
  'CXL device',
  {
    vendorId: u16.default(0).doc('Vendor'),
    deviceId: u16.default(0).doc('Device of that vendor'),
    subsystemVendorId: u16.default(0).doc('Vendor of the subsystem'),
    subsystemId: u16.default(0).doc('Subsystem of that vendor'),
    classCode: u16.default(0).doc('Class: base class in bits 8 to 15, subclass'),
    slot: PciSlot.default({}).doc('Slot'),
    reserved: u32.reserved(),
  },
  { source: 'UEFI 2.11, N.2.13' },
);

/** Designated vendor-specific extended capability of CXL; of other lengths, too, as far as they go. */
export const CxlDvsec = struct(
  'CXL DVSEC',
  {
    capability: bits(32, {
      id: range(0, 15, 'Capability identifier, 0x23'),
      version: range(16, 19, 'Version of the capability'),
      next: range(20, 31, 'Offset of the next capability'),
    })
      .since(4)
      .doc('Extended capability header'),
    header: bits(32, {
      vendorId: range(0, 15, 'Vendor that defines the capability, 0x1e98 for CXL'),
      revision: range(16, 19, 'Revision of the capability'),
      length: range(20, 31, 'Bytes of the capability'),
    })
      .since(8)
      .doc('Header 1'),
    id: u16
      .since(10)
      .doc('Header 2: which of the DVSECs of CXL, 0 for devices, 3 for ports, 7 for flex bus ports'),
    data: rest.orZero().doc('Registers of this DVSEC'),
  },
  { source: 'CXL 3.1, 8.1.3; PCI Express Base 6.0, 7.9.6' },
);

/** Bits of the uncorrectable error status, mask and severity registers. */
export const CxlUncorrectableErrors = bits(32, {
  cacheDataParity: flag(0, 'Parity of CXL.cache data'),
  cacheAddressParity: flag(1, 'Parity of a CXL.cache address'),
  cacheByteEnableParity: flag(2, 'Parity of CXL.cache byte enables'),
  cacheDataEcc: flag(3, 'ECC of CXL.cache data'),
  memDataParity: flag(4, 'Parity of CXL.mem data'),
  memAddressParity: flag(5, 'Parity of a CXL.mem address'),
  memByteEnableParity: flag(6, 'Parity of CXL.mem byte enables'),
  memDataEcc: flag(7, 'ECC of CXL.mem data'),
  reinitThreshold: flag(8, 'The link was initialized too often'),
  rsvdEncoding: flag(9, 'Reserved encoding'),
  poison: flag(10, 'Poison from the peer'),
  receiverOverflow: flag(11, 'Receiver overflow'),
  internal: flag(14, 'Internal error of the component'),
  ideTx: flag(15, 'IDE error when sending'),
  ideRx: flag(16, 'IDE error when receiving'),
});

/** Bits of the correctable error status and mask registers. */
export const CxlCorrectableErrors = bits(32, {
  cacheDataEcc: flag(0, 'ECC of CXL.cache data'),
  memDataEcc: flag(1, 'ECC of CXL.mem data'),
  crcThreshold: flag(2, 'Too many CRC errors'),
  retryThreshold: flag(3, 'Too many retries'),
  cachePoison: flag(4, 'Poison by CXL.cache'),
  memPoison: flag(5, 'Poison by CXL.mem'),
  physicalLayer: flag(6, 'Error of the physical layer'),
});

/** CXL RAS capability structure, 88 bytes; of other lengths, too, as far as they go. */
export const CxlRasCapability = struct(
  'CXL RAS capability',
  {
    uncorrectableStatus: CxlUncorrectableErrors.since(4).doc('Uncorrectable errors that happened'),
    uncorrectableMask: CxlUncorrectableErrors.since(8).doc('Uncorrectable errors that are not reported'),
    uncorrectableSeverity: CxlUncorrectableErrors.since(12).doc('Uncorrectable errors that are fatal'),
    correctableStatus: CxlCorrectableErrors.since(16).doc('Correctable errors that happened'),
    correctableMask: CxlCorrectableErrors.since(20).doc('Correctable errors that are not reported'),
    control: bits(32, {
      firstErrorPointer: range(0, 5, 'Bit of the uncorrectable error status that came first'),
      multipleHeaderCapable: flag(9, 'Can log several headers'),
      poisonEnabled: flag(13, 'Poison is passed on'),
    })
      .since(24)
      .doc('Capabilities and control'),
    headerLog: array(u32, 16).since(88).doc('Header of the first error, 512 bits'),
    trailing: rest.orZero().doc('Bytes after the structure, as they are'),
  },
  { source: 'CXL 3.1, 8.2.4.17' },
);

/** 116 bytes, the DVSEC and the error log. What is given is marked valid. */
export const CxlProtocolError = struct(
  'CXL protocol error',
  {
    validationBits: u64.validation().doc('Which members hold something'),
    agentType: u8.values(CxlAgentType).validBy(0).doc('Component that found the error'),
    reserved: bytes(7).reserved(),
    agentAddress: CxlAgentAddress.unless('agentType', CxlAgentType.RestrictedHostDownstreamPort)
      .validBy(1)
      .doc('Where the agent is'),
    rcrbBaseAddress: u64
      .at(16)
      .when('agentType', CxlAgentType.RestrictedHostDownstreamPort)
      .validBy(1)
      .doc('Physical address of the registers (RCRB) of a restricted host downstream port'),
    deviceId: CxlProtocolDeviceId.validBy(2).doc('Which device'),
    serialNumber: u64.validBy(3).doc('Serial number of the device'),
    capability: PcieCapability.validBy(4).doc('PCI Express capability structure'),
    dvsecLength: u16.bytesOf('dvsec').doc('Bytes of the DVSEC'),
    errorLogLength: u16.bytesOf('errorLog').doc('Bytes of the error log; Linux takes 88 only'),
    reserved2: u32.reserved(),
    dvsec: CxlDvsec.validBy(5).doc('CXL DVSEC of the agent'),
    errorLog: CxlRasCapability.validBy(6).doc('CXL RAS capability structure of the agent'),
    trailing: rest.orZero().doc('Bytes after the section, as they are'),
  },
  { source: 'UEFI 2.11, N.2.13' },
);

/** CXL protocol error, by its type. */
export const CXL_PROTOCOL = { sectionType: CXL_PROTOCOL_ERROR, codec: CxlProtocolError } as const;
