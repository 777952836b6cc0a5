/** Sections by the names that they have on the command line. */

import { SECTIONS, type SectionKind } from '@rasvm/acpi';
import { RasvmError } from '../errors.ts';
import { kebab } from './cper-fields.ts';

export function sectionNames(): string[] {
  return Object.keys(SECTIONS).map(kebab);
}

/** @throws RasvmError USAGE */
export function sectionKind(name: string): SectionKind {
  const found = Object.keys(SECTIONS).find((kind) => kebab(kind) === name || kind === name);
  if (found !== undefined) return found as SectionKind;
  throw new RasvmError('USAGE', `'${name}' is no section; there are ${sectionNames().join(', ')}`);
}
