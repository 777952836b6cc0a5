/** The text of a Generic Error Status Block, as cper_estatus_print has it (drivers/firmware/efi/cper.c). */

import type { Decoded } from '../../struct.ts';
import { DataEntryHeader } from '../data-entry.ts';
import { BlockStatus } from '../gesb.ts';
import type { ErrorStatusBlock, Section } from '../sections.ts';
import { Severity } from '../severity.ts';
import { timestampText } from './date.ts';
import { addBytes, addMember, addUnvalidated, bitsText, type Declared } from './generic.ts';
import { Lines, printable, type TextOptions } from './lines.ts';
import { saySection } from './section.ts';

const SEVERITIES = ['recoverable', 'fatal', 'corrected', 'info'];

/** The kernel looks at 16 bits of it. */
export function severityText(severity: number): string {
  return SEVERITIES[severity & 0xffff] ?? 'unknown';
}

/** A block with its entries as lines of text, each with its line feed. */
export function errorStatusBlockText(
  block: Decoded<typeof ErrorStatusBlock>,
  options: TextOptions = {},
): string {
  const out = new Lines(options);
  const { severity, entries, rawData, blockStatus } = block;
  saySeverity(out, severity);
  if (blockStatus !== undefined) out.add(`block_status: ${bitsText(BlockStatus, blockStatus)}`);
  out.inside(() => {
    for (const [index, entry] of entries.entries()) sayEntry(out, entry, index, DataEntryHeader);
  });
  if (rawData !== undefined) addBytes(out, 'raw_data', rawData);
  return out.toString();
}

/** The first lines of a record. */
export function saySeverity(out: Lines, severity: number): void {
  if ((severity & 0xffff) === Severity.Corrected)
    out.say('It has been corrected by h/w and requires no further action');
  out.say(`event severity: ${severityText(severity)}`);
}

/** What a block's entry and a record's descriptor say alike. */
interface Entry {
  readonly severity: number;
  readonly timestamp?: Date | Uint8Array;
  readonly timestampPrecise?: boolean;
  readonly fruId?: string;
  readonly fruText?: string;
  readonly section: Section;
}

/** @param declaration what the entry's flags are declared by */
export function sayEntry(out: Lines, entry: Entry, index: number, declaration: Declared): void {
  const { severity, timestamp, timestampPrecise, fruId, fruText, section } = entry;
  if (timestamp !== undefined)
    out.say(`${timestampPrecise ? 'precise' : 'imprecise'} tstamp: ${timestampText(timestamp)}`);
  out.say(`Error ${index}, type: ${severityText(severity)}`);
  if (fruId !== undefined) out.say(`fru_id: ${fruId}`);
  if (fruText !== undefined) out.say(`fru_text: ${printable(fruText)}`);
  addMember(out, declaration, entry, 'flags');
  addUnvalidated(out, entry);
  out.inside(() => saySection(out, section, severity));
}
