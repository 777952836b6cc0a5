/** What stands in memory behind an EINJ: ACPI 6.5, sections 18.6.1 and 18.6.4 to 18.6.6. */

import { bits, bytes, flag, list, range, rest, struct, u8, u16, u32, u64 } from '../struct.ts';
import { EinjEntry } from './einj.ts';

/** Types of errors: what GET_ERROR_TYPE gives and SET_ERROR_TYPE takes, table 18.30. */
export const EinjErrorTypes = bits(32, {
  processorCorrectable: flag(0, 'Processor correctable'),
  processorUncorrectable: flag(1, 'Processor uncorrectable, not fatal'),
  processorFatal: flag(2, 'Processor uncorrectable, fatal'),
  memoryCorrectable: flag(3, 'Memory correctable'),
  memoryUncorrectable: flag(4, 'Memory uncorrectable, not fatal'),
  memoryFatal: flag(5, 'Memory uncorrectable, fatal'),
  pcieCorrectable: flag(6, 'PCI Express correctable'),
  pcieUncorrectable: flag(7, 'PCI Express uncorrectable, not fatal'),
  pcieFatal: flag(8, 'PCI Express uncorrectable, fatal'),
  platformCorrectable: flag(9, 'Platform correctable'),
  platformUncorrectable: flag(10, 'Platform uncorrectable, not fatal'),
  platformFatal: flag(11, 'Platform uncorrectable, fatal'),
  cxlCacheCorrectable: flag(12, 'CXL.cache protocol correctable'),
  cxlCacheUncorrectable: flag(13, 'CXL.cache protocol uncorrectable, not fatal'),
  cxlCacheFatal: flag(14, 'CXL.cache protocol uncorrectable, fatal'),
  cxlMemCorrectable: flag(15, 'CXL.mem protocol correctable'),
  cxlMemUncorrectable: flag(16, 'CXL.mem protocol uncorrectable, not fatal'),
  cxlMemFatal: flag(17, 'CXL.mem protocol uncorrectable, fatal'),
  einjV2: flag(30, 'There is EINJv2: EINJV2_GET_ERROR_TYPE says what it can inject'),
  vendorDefined: flag(31, 'The vendor defined type: see the vendor extension'),
});

/** Types of EINJv2: what EINJV2_GET_ERROR_TYPE gives and EINJV2_SET_ERROR_TYPE takes. */
export const EinjV2ErrorTypes = bits(32, {
  processor: flag(0, 'Processor'),
  memory: flag(1, 'Memory'),
  pcie: flag(2, 'PCI Express'),
  vendorDefined: flag(31, 'The vendor defined type'),
});

/** A PCI Express function by segment, bus, device and function; segments up to 255. */
export const PcieSbdf = bits(32, {
  function: range(8, 10, 'Function'),
  device: range(11, 15, 'Device'),
  bus: range(16, 23, 'Bus'),
  segment: range(24, 31, 'PCI segment group'),
});

const target = {
  vendorExtensionOffset: u32.default(0).doc('From here to the vendor extension; 0: there is none'),
  flags: bits(32, {
    processorValid: flag(0, 'processor says what to hit'),
    memoryValid: flag(1, 'memoryAddress and memoryRange say it'),
    pcieValid: flag(2, 'pcie says it'),
    einjV2Valid: flag(3, 'The EINJv2 extension says it'),
  })
    .default({})
    .doc('Which members hold'),
  processor: u32.default(0).doc('Processor: local APIC id, or ACPI processor UID on Arm'),
  memoryAddress: u64.default(0n).doc('Physical address to hit'),
  memoryRange: u64.default(0n).doc('Mask of the address bits that count'),
  pcie: PcieSbdf.default({}).doc('PCI Express function to hit'),
};

/** What SET_ERROR_TYPE_WITH_ADDRESS points at, table 18.29: 36 bytes. */
export const SetErrorTypeWithAddress = struct(
  'SET_ERROR_TYPE_WITH_ADDRESS',
  { errorType: EinjErrorTypes.doc('Type to inject'), ...target },
  { source: 'ACPI 6.5, 18.6.4' },
);

/** A component to hit and how, 32 bytes: section 18.6.6. What the numbers mean follows from the error type. */
export const EinjV2Component = struct(
  'EINJv2 component',
  {
    id: u32.doc('ACPI processor UID, memory device id (_UID or SMBIOS handle) or PCI Express SBDF'),
    idRest: bytes(12).orZero().doc('The rest of a vendor component id of 16 bytes'),
    syndrome: u32.default(0).doc('Component syndrome: which error of the component'),
    syndromeRest: bytes(12).orZero().doc('The rest of a vendor syndrome of 16 bytes'),
  },
  { source: 'ACPI 6.5, 18.6.6' },
);

/**
 * EINJv2 extension: 8 bytes and 32 a component. Firmware's own copy says by its length how many components fit; Linux
 * takes revision 1 and at most 4096 bytes.
 */
export const EinjV2Extension = struct(
  'EINJv2 extension',
  {
    length: u32.byteLength().doc('Bytes of the extension'),
    revision: u16.default(1).doc('Revision of the layout'),
    componentCount: u16.countOf('components').doc('Components that are to be hit'),
    components: list(EinjV2Component).default([]).doc('Room for components'),
  },
  { source: 'ACPI 6.5, 18.6.6' },
);

/** The same with the extension of EINJv2 behind it: 44 bytes and 32 a component. */
export const SetErrorTypeWithAddressV2 = struct(
  'SET_ERROR_TYPE_WITH_ADDRESS (EINJv2)',
  {
    errorType: EinjV2ErrorTypes.doc('Type to inject'),
    ...target,
    extension: EinjV2Extension.doc('Components to hit'),
  },
  { source: 'ACPI 6.5, 18.6.4 and 18.6.6' },
);

/** Vendor error type extension: 16 bytes and what the vendor adds. */
export const EinjVendorExtension = struct(
  'Vendor error type extension',
  {
    length: u32.byteLength().doc('Bytes of the extension'),
    pcie: PcieSbdf.default({}).doc('Device that names the vendor'),
    vendorId: u16.doc('PCI vendor id'),
    deviceId: u16.doc('PCI device id'),
    revisionId: u8.default(0).doc('PCI revision id'),
    reserved: bytes(3).reserved(),
    data: rest.orZero().doc('What the vendor defined'),
  },
  { source: 'ACPI 6.5, 18.6.5' },
);

/**
 * Trigger error action table, which GET_TRIGGER_ERROR_ACTION_TABLE names: 16 bytes and 32 an entry. Running its
 * instructions makes the injected error show; without entries there is nothing to run.
 */
export const EinjTrigger = struct(
  'Trigger error action table',
  {
    headerSize: u32.default(16).doc('Bytes before the entries; Linux takes 16 only'),
    revision: u32.default(1).doc('Revision of the layout'),
    tableSize: u32.byteLength().doc('Bytes of the table; Linux takes at most 4096'),
    entryCount: u32.countOf('entries').doc('Number of entries'),
    entries: list(EinjEntry).default([]).doc('Instructions of the action TriggerError'),
  },
  { source: 'ACPI 6.5, 18.6.3' },
);
