/** A record that a scenario describes, as a Generic Error Status Block. */

import { SECTION_FLAGS } from '@rasvm/acpi/cper/section-flags';
import { ErrorStatusBlock, SECTIONS, type SectionInput } from '@rasvm/acpi/cper/sections';
import { Severity } from '@rasvm/acpi/cper/severity';
import { AcpiError } from '@rasvm/acpi/errors';
import type { JsonValue } from '@rasvm/acpi/json/text';
import { fromJson } from '@rasvm/acpi/json/value';
import { closest } from 'fastest-levenshtein';
import { RasvmError } from '../../core/errors.ts';

export interface RecordDescription {
  severity: 'recoverable' | 'fatal' | 'corrected' | 'informational';
  /** Of each section, by their names in the library. */
  flags?: readonly SectionFlag[] | undefined;
  sections: readonly ({ kind: string } & Readonly<Record<string, unknown>>)[];
}

export type SectionFlag = keyof typeof SECTION_FLAGS;
export const SECTION_FLAG_NAMES = Object.keys(SECTION_FLAGS) as [SectionFlag, ...SectionFlag[]];

const SEVERITY = {
  recoverable: Severity.Recoverable,
  fatal: Severity.Fatal,
  corrected: Severity.Corrected,
  informational: Severity.Informational,
} as const;

/** @throws RasvmError FILE */
export function recordBytes({ severity, flags = [], sections }: RecordDescription): Uint8Array {
  const level = SEVERITY[severity];
  try {
    return ErrorStatusBlock.encode({
      severity: level,
      entries: sections.map((section) => ({
        severity: level,
        flags: Object.fromEntries(flags.map((flag) => [flag, true])),
        section: sectionOf(section),
      })),
    });
  } catch (error) {
    if (!(error instanceof AcpiError)) throw error;
    throw new RasvmError('FILE', `the record: ${error.message}`, { cause: error });
  }
}

function sectionOf({ kind, ...members }: RecordDescription['sections'][number]): SectionInput {
  if (kind === 'unknown') return unknownSection(members);
  const kinds = Object.keys(SECTIONS);
  if (!kinds.includes(kind)) {
    throw new RasvmError(
      'FILE',
      `the record: no section is of the kind '${kind}'; did you mean '${closest(kind, kinds)}'?`,
    );
  }
  const { codec } = SECTIONS[kind as keyof typeof SECTIONS];
  return { kind, ...(fromJson(codec as never, members as JsonValue) as object) } as SectionInput;
}

/** Of a type that is nobody's, or that the library does not know. */
function unknownSection({ sectionType, data, ...more }: Readonly<Record<string, unknown>>): SectionInput {
  const isBytes = typeof data === 'string' && /^([0-9a-f]{2} ?)*$/i.test(data);
  if (typeof sectionType !== 'string' || !isBytes || Object.keys(more).length > 0)
    throw new RasvmError(
      'FILE',
      'the record: an unknown section has sectionType, a GUID, and data, bytes in hexadecimal',
    );
  return { kind: 'unknown', sectionType, data: Buffer.from(data.replaceAll(' ', ''), 'hex') };
}
