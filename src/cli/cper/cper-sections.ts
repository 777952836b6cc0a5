/** Sections by the names that they have on the command line. */

import { bytesOfText, isText, SECTIONS, type SectionKind } from '@rasvm/acpi';
import { Option } from 'commander';
import { RasvmError } from '../../core/errors.ts';
import { nameOf, orFile, readBytes } from '../acpi/acpi-files.ts';
import { type AnyCodec, kebab } from './cper-fields.ts';

export function sectionNames(): string[] {
  return Object.keys(SECTIONS).map(kebab);
}

/** @throws RasvmError USAGE */
export function sectionKind(name: string): SectionKind {
  const found = Object.keys(SECTIONS).find((kind) => kebab(kind) === name || kind === name);
  if (found !== undefined) return found as SectionKind;
  throw new RasvmError('USAGE', `'${name}' is no section; there are ${sectionNames().join(', ')}`);
}

/** The option of commands that read a section alone. */
export function sectionOption(): Option {
  return new Option(
    '--section <SECTION>',
    'the file is a section of this type alone, as `rasvm cper make --section` writes it',
  );
}

export interface SectionFile {
  readonly name: string;
  readonly kind: SectionKind;
  readonly sectionType: string;
  readonly codec: AnyCodec;
  /** All bytes of the file. */
  readonly bytes: Uint8Array;
}

/** A file that is one section, binary or as hexadecimal text. @throws RasvmError USAGE, FILE */
export function readSection(section: string, path: string): SectionFile {
  const kind = sectionKind(section);
  const { sectionType, codec } = SECTIONS[kind];
  const name = nameOf(path);
  const bytes = readBytes(path);
  if (bytes.byteLength === 0) throw new RasvmError('FILE', `${name}: is empty`);
  return {
    name,
    kind,
    sectionType,
    codec: codec as unknown as AnyCodec,
    bytes: isText(bytes) ? orFile(name, () => bytesOfText(new TextDecoder().decode(bytes))) : bytes,
  };
}
