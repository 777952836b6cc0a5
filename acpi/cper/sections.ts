/** Every section that is understood: UEFI 2.11, appendix N.2.2, table N.5. */

import { ARM_PROCESSOR } from './arm-processor.ts';
import { ARM_RAS } from './arm-ras.ts';
import { CCIX_PER } from './ccix-per.ts';
import { CXL_DRAM } from './cxl-dram.ts';
import { CXL_DYNAMIC_CAPACITY } from './cxl-dynamic-capacity.ts';
import { CXL_GENERAL_MEDIA } from './cxl-general-media.ts';
import { CXL_MEMORY_MODULE } from './cxl-memory-module.ts';
import { CXL_MEMORY_SPARING } from './cxl-memory-sparing.ts';
import { CXL_MLD_PORT } from './cxl-mld-port.ts';
import { CXL_PHYSICAL_SWITCH } from './cxl-physical-switch.ts';
import { CXL_PROTOCOL } from './cxl-protocol.ts';
import { CXL_VIRTUAL_SWITCH } from './cxl-virtual-switch.ts';
import { DataEntryCodec } from './data-entry.ts';
import { DMAR_GENERIC } from './dmar-generic.ts';
import { DMAR_IOMMU } from './dmar-iommu.ts';
import { DMAR_VTD } from './dmar-vtd.ts';
import { FIRMWARE } from './firmware.ts';
import { FRU_MEMORY_POISON } from './fru-memory-poison.ts';
import { GENERIC_PROCESSOR } from './generic-processor.ts';
import { ErrorStatusBlockCodec } from './gesb.ts';
import { IA32_X64_PROCESSOR } from './ia32x64-processor.ts';
import { MEMORY } from './memory.ts';
import { MEMORY2 } from './memory2.ts';
import { PCI_BUS } from './pci-bus.ts';
import { PCI_DEVICE } from './pci-device.ts';
import { PCIE } from './pcie.ts';
import { CperRecordCodec } from './record.ts';
import { type SectionIn, type SectionOut, SectionSet } from './section-set.ts';

export const SECTIONS = {
  genericProcessor: GENERIC_PROCESSOR,
  ia32x64Processor: IA32_X64_PROCESSOR,
  armProcessor: ARM_PROCESSOR,
  armRas: ARM_RAS,
  memory: MEMORY,
  memory2: MEMORY2,
  pcie: PCIE,
  firmware: FIRMWARE,
  cxlProtocol: CXL_PROTOCOL,
  pciBus: PCI_BUS,
  pciDevice: PCI_DEVICE,
  dmarGeneric: DMAR_GENERIC,
  dmarVtd: DMAR_VTD,
  dmarIommu: DMAR_IOMMU,
  ccixPer: CCIX_PER,
  cxlGeneralMedia: CXL_GENERAL_MEDIA,
  cxlDram: CXL_DRAM,
  cxlMemoryModule: CXL_MEMORY_MODULE,
  cxlMemorySparing: CXL_MEMORY_SPARING,
  cxlPhysicalSwitch: CXL_PHYSICAL_SWITCH,
  cxlVirtualSwitch: CXL_VIRTUAL_SWITCH,
  cxlMldPort: CXL_MLD_PORT,
  cxlDynamicCapacity: CXL_DYNAMIC_CAPACITY,
  fruMemoryPoison: FRU_MEMORY_POISON,
} as const;

/** The kinds of section, without `unknown`. */
export type SectionKind = keyof typeof SECTIONS;
export type Section = SectionOut<typeof SECTIONS>;
export type SectionInput = SectionIn<typeof SECTIONS>;

export const sections: SectionSet<typeof SECTIONS> = new SectionSet(SECTIONS);

/** A generic error data entry with a section of any kind. */
export const DataEntry: DataEntryCodec<typeof SECTIONS> = new DataEntryCodec(sections);
/** A Generic Error Status Block with sections of any kind. */
export const ErrorStatusBlock: ErrorStatusBlockCodec<typeof SECTIONS> = new ErrorStatusBlockCodec(sections);
/** A record with sections of any kind. */
export const CperRecord: CperRecordCodec<typeof SECTIONS> = new CperRecordCodec(sections);
