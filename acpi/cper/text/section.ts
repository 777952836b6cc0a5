/** The text of one section: the kernel's where it has words, else made from the declaration. */

import { AcpiError } from '../../errors.ts';
import { SECTIONS, type Section, type SectionKind, sections } from '../sections.ts';
import { Severity } from '../severity.ts';
import { armProcessorText } from './arm-processor.ts';
import { cxlProtocolText } from './cxl-protocol.ts';
import { firmwareText } from './firmware.ts';
import { addMembers } from './generic.ts';
import { genericProcessorText } from './generic-processor.ts';
import { ia32x64ProcessorText } from './ia32x64-processor.ts';
import { Lines, type TextOptions } from './lines.ts';
import type { LinuxLog } from './linux.ts';
import { memory2Text, memoryText } from './memory.ts';
import { pcieText } from './pcie.ts';
import type { SectionContext } from './section-context.ts';

interface SectionText<S> {
  /** What it is called after `section_type:`. */
  readonly name: string;
  /** The lines after that, if they are not those of the declaration. */
  readonly say?: (out: Lines, section: S, context: SectionContext) => void;
  /** Whether this kernel has words for it, or only its name; left out: it has none. */
  readonly linux?: (log: LinuxLog) => 'words' | 'name' | 'none';
}

type Texts = { readonly [K in SectionKind]: SectionText<Extract<Section, { kind: K }>> };

const always = () => 'words' as const;
const nameOfEvent = ({ cxlEvents }: LinuxLog) => (cxlEvents ? 'name' : 'none');

const TEXTS: Texts = {
  genericProcessor: { name: 'general processor error', say: genericProcessorText, linux: always },
  // Of these an arm64 kernel has no words; they are those of an x86-64 one.
  ia32x64Processor: { name: 'IA32/X64 processor error', say: ia32x64ProcessorText },
  armProcessor: { name: 'ARM processor error', say: armProcessorText, linux: always },
  armRas: { name: 'ARM RAS error' },
  memory: { name: 'memory error', say: memoryText, linux: always },
  memory2: { name: 'memory error 2', say: memory2Text },
  pcie: { name: 'PCIe error', say: pcieText, linux: always },
  firmware: { name: 'Firmware Error Record Reference', say: firmwareText, linux: always },
  cxlProtocol: {
    name: 'CXL Protocol Error',
    say: cxlProtocolText,
    linux: ({ cxlProtocol }) => (cxlProtocol ? 'words' : 'none'),
  },
  pciBus: { name: 'PCI/PCI-X bus error' },
  pciDevice: { name: 'PCI/PCI-X component error' },
  dmarGeneric: { name: 'DMAr error' },
  dmarVtd: { name: 'VT-d DMAr error' },
  dmarIommu: { name: 'IOMMU DMAr error' },
  ccixPer: { name: 'CCIX PER log error' },
  cxlGeneralMedia: { name: 'CXL General Media Event', linux: nameOfEvent },
  cxlDram: { name: 'CXL DRAM Event', linux: nameOfEvent },
  cxlMemoryModule: { name: 'CXL Memory Module Event', linux: nameOfEvent },
  cxlMemorySparing: { name: 'CXL Memory Sparing Event' },
  cxlPhysicalSwitch: { name: 'CXL Physical Switch Event' },
  cxlVirtualSwitch: { name: 'CXL Virtual Switch Event' },
  cxlMldPort: { name: 'CXL MLD Port Event' },
  cxlDynamicCapacity: { name: 'CXL Dynamic Capacity Event' },
  fruMemoryPoison: { name: 'FRU memory poison list' },
};

/** One section as lines of text, each with its line feed. */
export function sectionText(section: Section, options: TextOptions = {}): string {
  const out = new Lines(options);
  saySection(out, section, Severity.Recoverable);
  return out.toString();
}

/** @param severity of the section's entry */
export function saySection(out: Lines, section: Section, severity: number): void {
  const sectionType = sections.typeOf(section);
  const { name, say, linux } = textOf(sections.kindOf(sectionType));
  const known = out.linux === undefined ? 'words' : (linux?.(out.linux) ?? 'none');
  if (known === 'none' || name === undefined) {
    sayUnknown(out, sectionType, bytesOf(section));
    return;
  }
  out.say(`section_type: ${name}`);
  if (known === 'name') return;
  if (section.kind === 'unknown') addMalformed(out, sectionType, section.data);
  else if (say !== undefined) say(out, section, { severity, bytes: () => bytesOf(section) });
  else addMembers(out, SECTIONS[section.kind].codec, section);
}

/** Without a name for what is no kind. */
function textOf(kind: string): Partial<SectionText<Section>> {
  if (kind === 'unknown') return {};
  return TEXTS[kind as SectionKind] as SectionText<Section>;
}

function bytesOf(section: Section): Uint8Array {
  const bytes = new Uint8Array(sections.sizeOf(section));
  sections.write(new DataView(bytes.buffer), 0, section);
  return bytes;
}

/** As the kernel dumps what it has no words for. */
function sayUnknown(out: Lines, sectionType: string, data: Uint8Array): void {
  out.say(`section type: unknown, ${sectionType}`);
  out.say(`section length: ${data.byteLength === 0 ? '0' : `0x${data.byteLength.toString(16)}`}`);
  out.dump(data, { text: true });
}

/** A section that its type cannot be read from. The kernel warns of one that is too short, in a line of its own. */
function addMalformed(out: Lines, sectionType: string, data: Uint8Array): void {
  out.add(whyMalformed(sectionType, data));
  out.addDump(data);
}

function whyMalformed(sectionType: string, data: Uint8Array): string {
  const { codec } = SECTIONS[sections.kindOf(sectionType) as SectionKind];
  if (data.byteLength < codec.minSize) return 'error section length is too small';
  try {
    codec.decode(data);
  } catch (error) {
    if (error instanceof AcpiError) return `malformed section: ${error.message}`;
    throw error;
  }
  return 'section kept as bytes';
}
