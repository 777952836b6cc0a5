/** Multiple APIC Description Table: ACPI 6.5, section 5.2.12. */

import { bits, bytes, flag, list, struct, u8, u16, u32, u64, union } from '../struct.ts';
import { table } from './header.ts';

/** GIC CPU interface flags: table 5.37. */
const GiccFlags = bits(32, {
  enabled: flag(0, 'The processor can be used'),
  performanceEdge: flag(1, 'The performance monitoring interrupt is edge triggered'),
  maintenanceEdge: flag(2, 'The VGIC maintenance interrupt is edge triggered'),
  onlineCapable: flag(3, 'Not enabled, but can be brought up at run time'),
});

/** GIC CPU interface (GICC), section 5.2.12.14: 80 bytes, 82 with `trbeGsiv` (ACPI 6.5), 76 before ACPI 6.0. */
export const Gicc = struct(
  'GICC',
  {
    type: u8.constant(11),
    length: u8.byteLength(),
    reserved: u16.reserved(),
    cpuInterfaceNumber: u32.default(0).doc('GIC CPU interface number; of no use with GICv3'),
    uid: u32.doc('_UID of the processor device'),
    flags: GiccFlags.default({ enabled: true }),
    parkingVersion: u32.default(0).doc('Version of the parking protocol, 0 with PSCI'),
    performanceGsiv: u32.default(0).doc('GSIV of the PMU overflow interrupt'),
    parkedAddress: u64.default(0n).doc('GPA of the mailbox for parked processors'),
    giccBase: u64.default(0n).doc('GPA of the CPU interface (GICv2)'),
    gicvBase: u64.default(0n).doc('GPA of the virtual CPU interface (GICv2)'),
    gichBase: u64.default(0n).doc('GPA of the hypervisor control registers (GICv2)'),
    maintenanceGsiv: u32.default(0).doc('GSIV of the VGIC maintenance interrupt'),
    gicrBase: u64.default(0n).doc('GPA of the redistributor, if there are no GICR structures'),
    mpidr: u64.doc('MPIDR_EL1, affinity fields only'),
    efficiencyClass: u8.since(80).doc('Relative power efficiency, 0 is the most efficient'),
    reserved2: u8.reserved().since(80),
    speGsiv: u16.since(80).doc('GSIV of the SPE overflow interrupt (ACPI 6.3)'),
    trbeGsiv: u16.since(82).doc('GSIV of the TRBE interrupt (ACPI 6.5)'),
  },
  { usualLength: 80 },
);

/** GIC distributor (GICD), section 5.2.12.15. */
export const Gicd = struct('GICD', {
  type: u8.constant(12),
  length: u8.byteLength(),
  reserved: u16.reserved(),
  gicId: u32.default(0).doc('Id of this GIC'),
  base: u64.doc('GPA of the distributor'),
  systemVectorBase: u32.reserved(),
  version: u8.default(3).doc('GIC version, 0 if it must be found out'),
  reserved2: bytes(3).reserved(),
});

/** GIC MSI frame (GICv2m), section 5.2.12.16. */
export const GicMsiFrame = struct('GIC MSI Frame', {
  type: u8.constant(13),
  length: u8.byteLength(),
  reserved: u16.reserved(),
  frameId: u32.default(0),
  base: u64.doc('GPA of the frame'),
  flags: bits(32, { spiSelect: flag(0, 'spiCount and spiBase hold, not MSI_TYPER') }).default({}),
  spiCount: u16.default(0).doc('SPIs of the frame'),
  spiBase: u16.default(0).doc('First SPI of the frame'),
});

/** GIC redistributors (GICR), section 5.2.12.17. */
export const Gicr = struct('GICR', {
  type: u8.constant(14),
  length: u8.byteLength(),
  reserved: u16.reserved(),
  base: u64.doc('GPA of the first redistributor'),
  rangeLength: u32.doc('Bytes that the redistributors take'),
});

/** GIC interrupt translation service (ITS), section 5.2.12.18. */
export const GicIts = struct('GIC ITS', {
  type: u8.constant(15),
  length: u8.byteLength(),
  reserved: u16.reserved(),
  itsId: u32.default(0).doc('Id that the IORT names it by'),
  base: u64.doc('GPA of the ITS'),
  reserved2: u32.reserved(),
});

export const InterruptController = union(
  'Interrupt controller structure',
  { tag: 1, length: { at: 1, size: 1 } },
  { gicc: Gicc, gicd: Gicd, gicMsiFrame: GicMsiFrame, gicr: Gicr, gicIts: GicIts },
);

/** Revision 5 (ACPI 6.3) by default; 6 goes with 82-byte GICC structures. */
export const Madt = table('APIC', 5, {
  localApicAddress: u32.default(0).doc('GPA of the local APIC (x86)'),
  flags: bits(32, { pcatCompatible: flag(0, 'PCAT_COMPAT: there are two 8259s as well') }).default({}),
  controllers: list(InterruptController).doc('Interrupt controllers and processors'),
});
