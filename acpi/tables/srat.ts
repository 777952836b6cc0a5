/** System Resource Affinity Table: ACPI 6.5, section 5.2.16. */

import { ascii, bits, bytes, flag, list, range, struct, u8, u16, u24, u32, u64, union } from '../struct.ts';
import { table } from './header.ts';

const enabled = flag(0, 'The structure holds; else it is passed over');
const processorFlags = bits(32, { enabled }).default({ enabled: true }).doc('Whether the structure holds');
const proximityDomain = u32.doc('Proximity domain that it belongs to');
const clockDomain = u32.default(0).doc('Clock domain of the processor, _CDM');

/** Processor local APIC/SAPIC affinity, section 5.2.16.1. */
export const LocalApicAffinity = struct(
  'Local APIC affinity',
  {
    type: u8.constant(0).doc('Kind of structure'),
    length: u8.byteLength().doc('Bytes of this structure'),
    proximityDomainLow: u8.doc('Bits 0 to 7 of the proximity domain'),
    apicId: u8.doc('Id of the local APIC'),
    flags: processorFlags,
    localSapicEid: u8.default(0).doc('EID of the local SAPIC'),
    proximityDomainHigh: u24.default(0).doc('Bits 8 to 31 of the proximity domain'),
    clockDomain,
  },
  { source: 'ACPI 6.5, 5.2.16.1' },
);

/** Memory affinity, section 5.2.16.2. */
export const MemoryAffinity = struct(
  'Memory affinity',
  {
    type: u8.constant(1).doc('Kind of structure'),
    length: u8.byteLength().doc('Bytes of this structure'),
    proximityDomain,
    reserved: u16.reserved(),
    base: u64.doc('GPA of the range'),
    size: u64.doc('Bytes of the range'),
    reserved2: u32.reserved(),
    flags: bits(32, {
      enabled,
      hotPluggable: flag(1, 'Memory may come and go'),
      nonVolatile: flag(2, 'Memory keeps its content without power'),
      specificPurpose: flag(3, 'Memory is for a specific purpose, not for general use (ACPI 6.4)'),
    })
      .default({ enabled: true })
      .doc('Whether the structure holds, and what kind of memory it is'),
    reserved3: u64.reserved(),
  },
  { source: 'ACPI 6.5, 5.2.16.2' },
);

/** Processor local x2APIC affinity, section 5.2.16.3. */
export const LocalX2ApicAffinity = struct(
  'Local x2APIC affinity',
  {
    type: u8.constant(2).doc('Kind of structure'),
    length: u8.byteLength().doc('Bytes of this structure'),
    reserved: u16.reserved(),
    proximityDomain,
    x2ApicId: u32.doc('Id of the local x2APIC'),
    flags: processorFlags,
    clockDomain,
    reserved2: u32.reserved(),
  },
  { source: 'ACPI 6.5, 5.2.16.3' },
);

/** GICC affinity, section 5.2.16.4. */
export const GiccAffinity = struct(
  'GICC affinity',
  {
    type: u8.constant(3).doc('Kind of structure'),
    length: u8.byteLength().doc('Bytes of this structure'),
    proximityDomain,
    uid: u32.doc('_UID of the processor, as its GICC structure has it'),
    flags: processorFlags,
    clockDomain,
  },
  { source: 'ACPI 6.5, 5.2.16.4' },
);

/** GIC interrupt translation service affinity, section 5.2.16.5. */
export const GicItsAffinity = struct(
  'GIC ITS affinity',
  {
    type: u8.constant(4).doc('Kind of structure'),
    length: u8.byteLength().doc('Bytes of this structure'),
    proximityDomain,
    reserved: u16.reserved(),
    itsId: u32.doc('Id of the ITS, as the MADT has it'),
  },
  { source: 'ACPI 6.5, 5.2.16.5' },
);

/** What a device handle is. */
export const DeviceHandleType = { Acpi: 0, Pci: 1 } as const;

/** Device handle of DeviceHandleType.Acpi: table 5.66. */
export const AcpiDeviceHandle = struct(
  'ACPI device handle',
  {
    hid: ascii(8).doc('_HID of the device'),
    uid: u32.default(0).doc('_UID of the device'),
    reserved: u32.reserved(),
  },
  { source: 'ACPI 6.5, 5.2.16.6' },
);

/** Device handle of DeviceHandleType.Pci: table 5.67. */
export const PciDeviceHandle = struct(
  'PCI device handle',
  {
    segment: u16.default(0).doc('PCI segment group'),
    bus: u8.doc('PCI bus'),
    deviceFunction: bits(8, { function: range(0, 2, 'Function'), device: range(3, 7, 'Device') }).doc(
      'PCI device and function',
    ),
    reserved: bytes(12).reserved(),
  },
  { source: 'ACPI 6.5, 5.2.16.6' },
);

const generic = {
  length: u8.byteLength().doc('Bytes of this structure'),
  reserved: u8.reserved(),
  deviceHandleType: u8.values(DeviceHandleType).doc('What the device handle is'),
  proximityDomain,
  acpiDevice: AcpiDeviceHandle.orZero()
    .when('deviceHandleType', DeviceHandleType.Acpi)
    .doc('Device of the namespace'),
  pciDevice: PciDeviceHandle.orZero()
    .at(8)
    .unless('deviceHandleType', DeviceHandleType.Acpi)
    .doc('PCI device'),
  flags: bits(32, {
    enabled,
    architecturalTransactions: flag(
      1,
      'All of its transactions conform to the architecture of the processors',
    ),
  })
    .default({ enabled: true })
    .doc('Whether the structure holds, and what the device does'),
  reserved2: u32.reserved(),
};

/** Generic initiator affinity, section 5.2.16.6. */
export const GenericInitiatorAffinity = struct(
  'Generic initiator affinity',
  { type: u8.constant(5).doc('Kind of structure'), ...generic },
  { source: 'ACPI 6.5, 5.2.16.6' },
);

/** Generic port affinity, section 5.2.16.7. */
export const GenericPortAffinity = struct(
  'Generic port affinity',
  { type: u8.constant(6).doc('Kind of structure'), ...generic },
  { source: 'ACPI 6.5, 5.2.16.7' },
);

/** RISC-V interrupt controller affinity (ACPI 6.6). */
export const RintcAffinity = struct(
  'RINTC affinity',
  {
    type: u8.constant(7).doc('Kind of structure'),
    length: u8.byteLength().doc('Bytes of this structure'),
    reserved: u16.reserved(),
    proximityDomain,
    uid: u32.doc('_UID of the processor, as its RINTC structure has it'),
    flags: processorFlags,
    clockDomain,
  },
  { source: 'ACPI 6.6, 5.2.16.8' },
);

export const Affinity = union(
  'Affinity structure',
  { tag: 1, length: { at: 1, size: 1 } },
  {
    localApic: LocalApicAffinity,
    memory: MemoryAffinity,
    localX2Apic: LocalX2ApicAffinity,
    gicc: GiccAffinity,
    gicIts: GicItsAffinity,
    genericInitiator: GenericInitiatorAffinity,
    genericPort: GenericPortAffinity,
    rintc: RintcAffinity,
  },
);

export const Srat = table(
  'SRAT',
  3,
  {
    tableRevision: u32.usually(1).doc('Always 1'),
    reserved: u64.reserved(),
    affinities: list(Affinity).doc('Processors, memory and devices with their proximity domains'),
  },
  { title: 'System Resource Affinity Table', source: 'ACPI 6.5, 5.2.16' },
);
