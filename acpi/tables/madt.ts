/** Multiple APIC Description Table: ACPI 6.5, section 5.2.12. */

import { bits, flag, list, u32, union } from '../struct.ts';
import { table } from './header.ts';
import {
  InterruptSourceOverride,
  IoApic,
  IoSapic,
  LocalApic,
  LocalApicAddressOverride,
  LocalApicNmi,
  LocalSapic,
  LocalX2Apic,
  LocalX2ApicNmi,
  MultiprocessorWakeup,
  NmiSource,
  PlatformInterruptSource,
} from './madt-apic.ts';
import {
  Gicc,
  Gicd,
  GicIts,
  GicMsiFrame,
  Gicr,
  GicV5Irs,
  GicV5Its,
  GicV5ItsTranslateFrame,
} from './madt-gic.ts';
import { BioPic, CorePic, EioPic, HtPic, LioPic, LpcPic, MsiPic } from './madt-loongarch.ts';
import { Aplic, Imsic, Plic, Rintc } from './madt-riscv.ts';

export const InterruptController = union(
  'Interrupt controller structure',
  { tag: 1, length: { at: 1, size: 1 } },
  {
    localApic: LocalApic,
    ioApic: IoApic,
    interruptSourceOverride: InterruptSourceOverride,
    nmiSource: NmiSource,
    localApicNmi: LocalApicNmi,
    localApicAddressOverride: LocalApicAddressOverride,
    ioSapic: IoSapic,
    localSapic: LocalSapic,
    platformInterruptSource: PlatformInterruptSource,
    localX2Apic: LocalX2Apic,
    localX2ApicNmi: LocalX2ApicNmi,
    gicc: Gicc,
    gicd: Gicd,
    gicMsiFrame: GicMsiFrame,
    gicr: Gicr,
    gicIts: GicIts,
    multiprocessorWakeup: MultiprocessorWakeup,
    corePic: CorePic,
    lioPic: LioPic,
    htPic: HtPic,
    eioPic: EioPic,
    msiPic: MsiPic,
    bioPic: BioPic,
    lpcPic: LpcPic,
    rintc: Rintc,
    imsic: Imsic,
    aplic: Aplic,
    plic: Plic,
    gicV5Irs: GicV5Irs,
    gicV5Its: GicV5Its,
    gicV5ItsTranslateFrame: GicV5ItsTranslateFrame,
  },
);

/** Revision 5 (ACPI 6.3) by default; 6 goes with 82-byte GICC structures. */
export const Madt = table(
  'APIC',
  5,
  {
    localApicAddress: u32.default(0).doc('GPA of the local APIC (x86)'),
    flags: bits(32, { pcatCompatible: flag(0, 'PCAT_COMPAT: there are two 8259s as well') })
      .default({})
      .doc('Multiple APIC flags'),
    controllers: list(InterruptController).doc('Interrupt controllers and processors'),
  },
  { title: 'Multiple APIC Description Table', source: 'ACPI 6.5, 5.2.12' },
);
