/** Sections in the JSON form of libcper (OpenBMC), both directions. */

import type { AnyCodec } from '../../codec.ts';
import { AcpiError } from '../../errors.ts';
import { CxlDramError, CxlDramEvent } from '../cxl-dram.ts';
import { CxlGeneralMediaError, CxlGeneralMediaEvent } from '../cxl-general-media.ts';
import { CxlMemoryModuleError, CxlMemoryModuleEvent } from '../cxl-memory-module.ts';
import { CxlMldPortError, CxlMldPortEvent } from '../cxl-mld-port.ts';
import { CxlPhysicalSwitchError, CxlPhysicalSwitchEvent } from '../cxl-physical-switch.ts';
import { CxlVirtualSwitchError, CxlVirtualSwitchEvent } from '../cxl-virtual-switch.ts';
import type { SectionTypes } from '../section-set.ts';
import { SECTIONS, type Section, type SectionInput, sections } from '../sections.ts';
import { ARM_PROCESSOR_FORM } from './arm-processor.ts';
import { ARM_RAS_FORM } from './arm-ras.ts';
import { CCIX_PER_FORM } from './ccix-per.ts';
import { cxlComponentForm } from './cxl-component.ts';
import { CXL_PROTOCOL_FORM } from './cxl-protocol.ts';
import { DMAR_GENERIC_FORM, DMAR_IOMMU_FORM, DMAR_VTD_FORM } from './dmar.ts';
import { FIRMWARE_FORM } from './firmware.ts';
import { at, base64, type JsonObject, jsonObject, type Values } from './forms.ts';
import { GENERIC_PROCESSOR_FORM } from './generic-processor.ts';
import { IA32X64_PROCESSOR_FORM } from './ia32x64-processor.ts';
import { losslessFromJson, losslessToJson, OWN_KEY } from './lossless.ts';
import { MEMORY_FORM } from './memory.ts';
import { MEMORY2_FORM } from './memory2.ts';
import { PCI_BUS_FORM } from './pci-bus.ts';
import { PCI_DEVICE_FORM } from './pci-device.ts';
import { PCIE_FORM } from './pcie.ts';
import type { SectionForm } from './section-form.ts';

/** By kind; sections of other kinds are shown as unknown. */
const FORMS: Readonly<Record<string, SectionForm>> = {
  memory: MEMORY_FORM,
  memory2: MEMORY2_FORM,
  genericProcessor: GENERIC_PROCESSOR_FORM,
  pcie: PCIE_FORM,
  firmware: FIRMWARE_FORM,
  cxlProtocol: CXL_PROTOCOL_FORM,
  armProcessor: ARM_PROCESSOR_FORM,
  armRas: ARM_RAS_FORM,
  ia32x64Processor: IA32X64_PROCESSOR_FORM,
  pciBus: PCI_BUS_FORM,
  pciDevice: PCI_DEVICE_FORM,
  dmarGeneric: DMAR_GENERIC_FORM,
  dmarVtd: DMAR_VTD_FORM,
  dmarIommu: DMAR_IOMMU_FORM,
  ccixPer: CCIX_PER_FORM,
  cxlGeneralMedia: cxlComponentForm(CxlGeneralMediaError, CxlGeneralMediaEvent),
  cxlDram: cxlComponentForm(CxlDramError, CxlDramEvent),
  cxlMemoryModule: cxlComponentForm(CxlMemoryModuleError, CxlMemoryModuleEvent),
  cxlPhysicalSwitch: cxlComponentForm(CxlPhysicalSwitchError, CxlPhysicalSwitchEvent),
  cxlVirtualSwitch: cxlComponentForm(CxlVirtualSwitchError, CxlVirtualSwitchEvent),
  cxlMldPort: cxlComponentForm(CxlMldPortError, CxlMldPortEvent),
};

/** What libcper calls types of sections, by their GUIDs. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  '9876ccad-47b4-4bdb-b65e-16f193c4f3db': 'Processor Generic',
  'dc3ea0b0-a144-4797-b95b-53fa242b6e1d': 'IA32/X64',
  'e429faf1-3cb7-11d4-bca7-0080c73c8881': 'IPF',
  'e19e3d16-bc11-11e4-9caa-c2051d5d46b0': 'ARM',
  'bf32d4d5-b427-4025-8495-8a9e5d4030e4': 'ARM RAS',
  'a5bc1114-6f64-4ede-b863-3e83ed7c83b1': 'Platform Memory',
  '61ec04fc-48e6-d813-25c9-8daa44750b12': 'Platform Memory 2',
  'd995e954-bbc1-430f-ad91-b44dcb3c6f35': 'PCIe',
  '81212a96-09ed-4996-9471-8d729c8e69ed': 'Firmware Error Record Reference',
  'c5753963-3b84-4095-bf78-eddad3f9c9dd': 'PCI/PCI-X Bus',
  'eb5e4685-ca66-4769-b6a2-26068b001326': 'PCI Component/Device',
  '5b51fef7-c79d-4434-8f1b-aa62de3e2c64': 'DMAr Generic',
  '71761d37-32b2-45cd-a7d0-b0fedd93e8cf': 'Intel VT for Directed I/O Specific DMAr',
  '036f84e1-7f37-428c-a79e-575fdfaa84ec': 'IOMMU Specific DMAr',
  '91335ef6-ebfb-4478-a6a6-88b728cf75d7': 'CCIX PER Log Error',
  '80b9efb4-52b5-4de3-a777-68784b771048': 'CXL Protocol Error',
  'fbcd0a77-c260-417f-85a9-088b1621eba6': 'CXL General Media Component Error',
  '601dcbb3-9c06-4eab-b8af-4e9bfb5c9624': 'CXL DRAM Component Error',
  'fe927475-dd59-4339-a586-79bab113b774': 'CXL Memory Module Component Error',
  '77cf9271-9c02-470b-9fe4-bc7b75f2da97': 'CXL Physical Switch Component Error',
  '40d26425-3396-4c4d-a5da-3d47263af425': 'CXL Virtual Switch Component Error',
  '8dc44363-0c96-4710-b7bf-04bb99534c3f': 'CXL MLD Port Component Error',
  '6d5244f2-2712-11ec-bea7-cb3fdb95c786': 'NVIDIA',
  '9068e568-6ca0-11f0-aeaf-159343591eac': 'NvidiaEvent',
  '2826cc9f-448c-4c2b-86b6-a95394b7ef33': 'Ampere',
};

/** What libcper calls a type of section. */
export function typeNameOf(sectionType: string): string {
  return TYPE_NAMES[sectionType] ?? 'Unknown';
}

/** libcper's form of a section; what it cannot carry stands under `rasvm`. */
export function sectionToJson(section: SectionInput): JsonObject {
  return sectionBytesToJson(section.kind, sectionBytes(section));
}

/** The same of the bytes of a section. */
export function sectionBytesToJson(kind: string, bytes: Uint8Array): JsonObject {
  const form = FORMS[kind];
  if (form === undefined || bytes.byteLength < form.minSize) {
    const data = base64.toJson(bytes);
    return { Unknown: data === undefined ? {} : { data } };
  }
  const codec = codecOf(kind);
  const value = codec.decode(bytes) as Values;
  return { message: form.message(value), [form.name]: losslessToJson(codec, form.form, bytes, value) };
}

/**
 * A section of its type's GUID and libcper's form. Parts of it that have to be of a multiple of 16 bytes are filled up
 * with zeros, unless `length` says that they were not.
 * @throws AcpiError VALUE with the path of the key
 */
export function sectionFromJson(sectionType: string, json: JsonObject, length?: number): SectionInput {
  const { message, ...contents } = jsonObject(json);
  const [name, ...more] = Object.keys(contents);
  if (name === undefined || more.length > 0)
    throw new AcpiError('VALUE', `has ${more.length === 0 ? 'no content' : `both ${name} and ${more[0]}`}`);
  const content = at(name, () => jsonObject(contents[name]));
  if (name === 'Unknown') return at(name, () => unknownSection(sectionType, content));
  const kind = sections.kindOf(sectionType);
  const form = FORMS[kind];
  if (form?.name !== name) {
    const keys = form === undefined ? 'Unknown' : `${form.name} or Unknown`;
    throw new AcpiError('VALUE', `of a section of type ${sectionType}, ${keys} can be read`, name);
  }
  return { ...at(name, () => valueFromJson(kind, form, content, length)), kind } as SectionInput;
}

function valueFromJson(kind: string, form: SectionForm, json: JsonObject, length?: number): Values {
  const codec = codecOf(kind);
  const value = losslessFromJson(codec, form.form, json) as Values;
  if (length === undefined || form.unpadded === undefined || json[OWN_KEY] !== undefined) return value;
  if (codec.sizeOf(value as never) === length) return value;
  const unpadded = form.unpadded(value);
  return codec.sizeOf(unpadded as never) === length ? unpadded : value;
}

/** Of a known type, too: libcper shows what it cannot make sense of as unknown. */
function unknownSection(sectionType: string, { data: json }: JsonObject): Section {
  const data = at('data', () => base64.fromJson(json ?? '')) as Uint8Array;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  try {
    return sections.read(sectionType, view, 0, data.byteLength, {});
  } catch (error) {
    if (error instanceof AcpiError) return { kind: 'unknown', sectionType, data };
    throw error;
  }
}

function sectionBytes(section: SectionInput): Uint8Array {
  const bytes = new Uint8Array(sections.sizeOf(section));
  sections.write(new DataView(bytes.buffer), 0, section);
  return bytes;
}

function codecOf(kind: string): AnyCodec {
  return (SECTIONS as SectionTypes)[kind]!.codec;
}
