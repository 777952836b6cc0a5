/** The text of one section: the kernel's where it has words, else made from the declaration. */

import { SECTIONS, type Section, type SectionKind, sections } from '../sections.ts';
import { Severity } from '../severity.ts';
import { addMembers, words } from './generic.ts';
import { Lines, type TextOptions } from './lines.ts';
import type { LinuxLog } from './linux.ts';
import { memoryText } from './memory.ts';

/** What a section's text depends on besides the section. */
export interface SectionContext {
  /** Severity of its entry. */
  readonly severity: number;
}

interface SectionText<S> {
  /** What it is called after `section_type:`. */
  readonly name: string;
  /** The lines after that, if they are not those of the declaration. */
  readonly say?: (out: Lines, section: S, context: SectionContext) => void;
  /** Whether this kernel has words for it, or only its name; left out: it has none. */
  readonly linux?: (log: LinuxLog) => 'words' | 'name' | 'none';
}

type Texts = { readonly [K in SectionKind]?: SectionText<Extract<Section, { kind: K }>> };

const always = (): 'words' => 'words';

const TEXTS: Texts = {
  memory: { name: 'memory error', say: memoryText, linux: always },
};

/** One section as lines of text, each with its line feed. */
export function sectionText(section: Section, options: TextOptions = {}): string {
  const out = new Lines(options);
  saySection(out, section, { severity: Severity.Recoverable });
  return out.toString();
}

export function saySection(out: Lines, section: Section, context: SectionContext): void {
  const sectionType = sections.typeOf(section);
  const { name, say, linux } = textOf(sections.kindOf(sectionType));
  const known = out.linux === undefined ? 'words' : (linux?.(out.linux) ?? 'none');
  if (known === 'none' || name === undefined) {
    sayUnknown(out, sectionType, bytesOf(section));
    return;
  }
  out.say(`section_type: ${name}`);
  if (known === 'name') return;
  if (section.kind === 'unknown') addTooShort(out, section.data);
  else if (say !== undefined) say(out, section, context);
  else addMembers(out, SECTIONS[section.kind].codec, section);
}

/** Without a name for what is no kind. */
function textOf(kind: string): Partial<SectionText<Section>> {
  if (kind === 'unknown') return {};
  return (TEXTS[kind as SectionKind] as SectionText<Section> | undefined) ?? { name: `${words(kind)} error` };
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

/** A section that ends before its type allows; the kernel warns in a line of its own. */
function addTooShort(out: Lines, data: Uint8Array): void {
  out.add('error section length is too small');
  out.addDump(data);
}
