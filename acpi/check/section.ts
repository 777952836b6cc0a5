/** Checks a section alone, as one that stands in an error status block. */

import { ErrorStatusBlock, SECTIONS, type SectionKind } from '../cper/sections.ts';
import { Severity } from '../cper/severity.ts';
import type { Finding } from './finding.ts';
import { checkErrorStatusBlock } from './gesb.ts';

/** What stands around the section, in findings' paths. */
const PATH = 'entries[0].section';

/** What is to be said of the bytes as a section of this kind. Errors first. Never throws, whatever the bytes. */
export function checkSection(kind: SectionKind, bytes: Uint8Array): Finding[] {
  const severity = Severity.Recoverable;
  const section = { kind: 'unknown', sectionType: SECTIONS[kind].sectionType, data: bytes } as const;
  const block = ErrorStatusBlock.encode({ severity, entries: [{ severity, section }] });
  const start = block.byteLength - bytes.byteLength;
  return checkErrorStatusBlock(block)
    .filter(({ field }) => field === PATH || field.startsWith(`${PATH}.`))
    .map(({ offset, ...finding }) => ({
      ...finding,
      field: finding.field.slice(PATH.length + 1),
      ...(offset !== undefined && { offset: Math.max(0, offset - start) }),
    }));
}
