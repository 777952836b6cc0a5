/** Arm structures of the MADT: ACPI 6.5, sections 5.2.12.14 to 5.2.12.18, and what later ones add. */

import { bits, bytes, flag, struct, u8, u16, u32, u64 } from '../struct.ts';

const head = (type: number) => ({
  type: u8.constant(type).doc('Kind of structure'),
  length: u8.byteLength().doc('Bytes of this structure'),
});

/** GIC CPU interface flags: table 5.37. */
const GiccFlags = bits(32, {
  enabled: flag(0, 'The processor can be used'),
  performanceEdge: flag(1, 'The performance monitoring interrupt is edge triggered'),
  maintenanceEdge: flag(2, 'The VGIC maintenance interrupt is edge triggered'),
  onlineCapable: flag(3, 'Not enabled, but can be brought up at run time (ACPI 6.5)'),
  notCoherent: flag(4, 'The redistributor at gicrBase is not coherent (ACPI 6.6)'),
});

/**
 * GIC CPU interface (GICC), section 5.2.12.14: 80 bytes, 82 with `trbeGsiv` (ACPI 6.5), 88 with GICv5 (ACPI 6.7), 76
 * before ACPI 6.0.
 */
export const Gicc = struct(
  'GICC',
  {
    ...head(11),
    reserved: u16.reserved(),
    cpuInterfaceNumber: u32.default(0).doc('GIC CPU interface number; of no use with GICv3'),
    uid: u32.doc('_UID of the processor device'),
    flags: GiccFlags.default({ enabled: true }).doc('Whether the processor is there, and its interrupts'),
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
    iaffid: u16.since(88).doc('Interrupt affinity id with GICv5 (ACPI 6.7)'),
    irsId: u32.since(88).doc('Id of the IRS of the processor with GICv5 (ACPI 6.7)'),
  },
  { usualLength: 80, source: 'ACPI 6.5, 5.2.12.14' },
);

/** GIC distributor (GICD), section 5.2.12.15. */
export const Gicd = struct(
  'GICD',
  {
    ...head(12),
    reserved: u16.reserved(),
    gicId: u32.default(0).doc('Id of this GIC'),
    base: u64.doc('GPA of the distributor'),
    systemVectorBase: u32.reserved(),
    version: u8.default(3).doc('GIC version, 0 if it must be found out'),
    reserved2: bytes(3).reserved(),
  },
  { source: 'ACPI 6.5, 5.2.12.15' },
);

/** GIC MSI frame (GICv2m), section 5.2.12.16. */
export const GicMsiFrame = struct(
  'GIC MSI Frame',
  {
    ...head(13),
    reserved: u16.reserved(),
    frameId: u32.default(0).doc('Id of the frame'),
    base: u64.doc('GPA of the frame'),
    flags: bits(32, { spiSelect: flag(0, 'spiCount and spiBase hold, not MSI_TYPER') })
      .default({})
      .doc('Where the SPIs are told'),
    spiCount: u16.default(0).doc('SPIs of the frame'),
    spiBase: u16.default(0).doc('First SPI of the frame'),
  },
  { source: 'ACPI 6.5, 5.2.12.16' },
);

const coherency = bits(8, { notCoherent: flag(0, 'Its accesses to memory are not coherent (ACPI 6.6)') })
  .orZero()
  .doc('Coherency');

/** GIC redistributors (GICR), section 5.2.12.17. */
export const Gicr = struct(
  'GICR',
  {
    ...head(14),
    flags: coherency,
    reserved: u8.reserved(),
    base: u64.doc('GPA of the first redistributor'),
    rangeLength: u32.doc('Bytes that the redistributors take'),
  },
  { source: 'ACPI 6.5, 5.2.12.17' },
);

/** GIC interrupt translation service (ITS), section 5.2.12.18. */
export const GicIts = struct(
  'GIC ITS',
  {
    ...head(15),
    flags: coherency,
    reserved: u8.reserved(),
    itsId: u32.default(0).doc('Id that the IORT names it by'),
    base: u64.doc('GPA of the ITS'),
    reserved2: u32.reserved(),
  },
  { source: 'ACPI 6.5, 5.2.12.18' },
);

/** GICv5 interrupt routing service (ACPI 6.7). */
export const GicV5Irs = struct(
  'GICv5 IRS',
  {
    ...head(28),
    version: u8.default(0).doc('Version of the GIC'),
    reserved: u8.reserved(),
    irsId: u32.doc('Id of the IRS'),
    flags: bits(32, { notCoherent: flag(0, 'Its accesses to memory are not coherent') })
      .default({})
      .doc('Coherency'),
    reserved2: u32.reserved(),
    configBase: u64.doc('GPA of the configuration frame'),
    setLpiBase: u64.default(0n).doc('GPA of the SETLPI frame, 0 without'),
  },
  { source: 'ACPI 6.7, 5.2.12, as ACPICA has it' },
);

/** Configuration frame of a GICv5 ITS (ACPI 6.7). */
export const GicV5Its = struct(
  'GICv5 ITS',
  {
    ...head(29),
    flags: coherency,
    reserved: u8.reserved(),
    translatorId: u32.doc('Id that the IORT names it by'),
    base: u64.doc('GPA of the configuration frame'),
  },
  { source: 'ACPI 6.7, 5.2.12, as ACPICA has it' },
);

/** Translate frame of a GICv5 ITS (ACPI 6.7). */
export const GicV5ItsTranslateFrame = struct(
  'GICv5 ITS translate frame',
  {
    ...head(30),
    reserved: u16.reserved(),
    translatorId: u32.doc('Id of the ITS'),
    frameId: u32.doc('Id of the frame'),
    reserved2: u32.reserved(),
    base: u64.doc('GPA of the frame'),
  },
  { source: 'ACPI 6.7, 5.2.12, as ACPICA has it' },
);
