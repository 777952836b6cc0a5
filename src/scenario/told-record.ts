/** A record that a scenario describes, as a Generic Error Status Block. */

import { ErrorStatusBlock, SECTIONS, type SectionInput } from '@rasvm/acpi/cper/sections';
import { Severity } from '@rasvm/acpi/cper/severity';
import { AcpiError } from '@rasvm/acpi/errors';
import type { JsonValue } from '@rasvm/acpi/json/text';
import { fromJson } from '@rasvm/acpi/json/value';
import { closest } from 'fastest-levenshtein';
import { RasvmError } from '../errors.ts';

export interface RecordDescription {
  severity: 'recoverable' | 'fatal' | 'corrected' | 'informational';
  sections: readonly ({ kind: string } & Readonly<Record<string, unknown>>)[];
}

const SEVERITY = {
  recoverable: Severity.Recoverable,
  fatal: Severity.Fatal,
  corrected: Severity.Corrected,
  informational: Severity.Informational,
} as const;

/** @throws RasvmError FILE */
export function recordBytes({ severity, sections }: RecordDescription): Uint8Array {
  const level = SEVERITY[severity];
  try {
    return ErrorStatusBlock.encode({
      severity: level,
      entries: sections.map((section) => ({ severity: level, section: sectionOf(section) })),
    });
  } catch (error) {
    if (!(error instanceof AcpiError)) throw error;
    throw new RasvmError('FILE', `the record: ${error.message}`, { cause: error });
  }
}

function sectionOf({ kind, ...members }: RecordDescription['sections'][number]): SectionInput {
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
