/**
 * What begins at a place in some bytes, judged by what it says of itself: tables and CPER records have a signature,
 * error status blocks only lengths that must agree with one another.
 */

import { AcpiError } from '../errors.ts';

export type BlobKind = 'table' | 'facs' | 'rsdp' | 'cperRecord' | 'errorStatusBlock' | 'hardwareErrors';

/** What was found, and the bytes that it says it takes, which may be more than there are. */
export interface Found<K extends BlobKind = BlobKind> {
  readonly kind: K;
  readonly size: number;
}

/** Bytes that suffice to tell a table or RSDP and its length. */
const TABLE_HEADER = 36;
const RSDP_REVISION_0 = 20;
const FACS_MINIMUM = 64;
/** UEFI 2.11, table N.1. */
const RECORD_HEADER = 128;
/** ACPI 6.5, tables 18.11 and 18.12. */
const BLOCK_HEADER = 20;
const ENTRY_HEADER = 64;
const ENTRY_HEADER_300 = 72;

function text(view: DataView, offset: number, length: number): string {
  let characters = '';
  for (let i = 0; i < length && offset + i < view.byteLength; i++)
    characters += String.fromCharCode(view.getUint8(offset + i));
  return characters;
}

/** A table, the FACS or the RSDP at `offset`. @throws AcpiError LENGTH where its own length cannot be. */
export function tableAt(view: DataView, offset: number): Found<'table' | 'facs' | 'rsdp'> | undefined {
  const have = view.byteLength - offset;
  if (have >= RSDP_REVISION_0 && text(view, offset, 8) === 'RSD PTR ') {
    const old = view.getUint8(offset + 15) < 2 || have < 24;
    return { kind: 'rsdp', size: old ? RSDP_REVISION_0 : view.getUint32(offset + 20, true) };
  }
  const signature = text(view, offset, 4);
  if (have < 8 || !/^[A-Z0-9_][A-Za-z0-9_!]{3}$/.test(signature)) return undefined;
  const size = view.getUint32(offset + 4, true);
  const kind = signature === 'FACS' ? 'facs' : 'table';
  const least = kind === 'facs' ? FACS_MINIMUM : TABLE_HEADER;
  if (size < least)
    throw new AcpiError(
      'LENGTH',
      `${size} is less than the ${least} bytes that a ${signature} has`,
      'length',
    );
  return { kind, size };
}

/** A CPER record at `offset`: its signature, and its end mark of four bytes 0xff. */
export function recordAt(view: DataView, offset: number): Found<'cperRecord'> | undefined {
  if (view.byteLength - offset < 24 || text(view, offset, 4) !== 'CPER') return undefined;
  if (view.getUint32(offset + 6, true) !== 0xffff_ffff) return undefined;
  const size = view.getUint32(offset + 20, true);
  if (size < RECORD_HEADER)
    throw new AcpiError(
      'LENGTH',
      `${size} is less than the ${RECORD_HEADER} bytes of its header`,
      'recordLength',
    );
  return { kind: 'cperRecord', size };
}

/** An error status block, as far as can be seen. */
export interface BlockGuess {
  readonly size: number;
  /** Its entries are all there, and as many as its status says: more than chance. */
  readonly certain: boolean;
}

/** An error status block at `offset` that is not empty, by its lengths, severities and revisions. */
export function blockAt(view: DataView, offset: number): BlockGuess | undefined {
  const have = view.byteLength - offset;
  if (have < BLOCK_HEADER) return undefined;
  const status = view.getUint32(offset, true);
  const rawOffset = view.getUint32(offset + 4, true);
  const rawLength = view.getUint32(offset + 8, true);
  const dataLength = view.getUint32(offset + 12, true);
  if (status === 0 || status >>> 14 !== 0 || view.getUint32(offset + 16, true) > 3) return undefined;
  if (dataLength === 0 && rawLength === 0) return undefined;
  if (rawLength !== 0 && rawOffset < BLOCK_HEADER + dataLength) return undefined;
  const size = Math.max(BLOCK_HEADER + dataLength, rawLength === 0 ? 0 : rawOffset + rawLength);
  const found = entriesIn(view, offset + BLOCK_HEADER, dataLength);
  return found && { size, certain: found.whole && found.entries === status >>> 4 };
}

/** Goes along the entries as far as there are bytes; undefined where they cannot be entries. */
function entriesIn(
  view: DataView,
  start: number,
  length: number,
): { whole: boolean; entries: number } | undefined {
  let position = start;
  let entries = 0;
  while (position < start + length) {
    if (start + length - position < ENTRY_HEADER) return undefined;
    if (view.byteLength - position < ENTRY_HEADER) return { whole: false, entries };
    const severity = view.getUint32(position + 16, true);
    const revision = view.getUint16(position + 20, true);
    if (severity > 3 || revision < 0x100 || revision > 0x3ff) return undefined;
    const header = revision >= 0x300 ? ENTRY_HEADER_300 : ENTRY_HEADER;
    position += header + view.getUint32(position + 24, true);
    entries++;
  }
  return position === start + length ? { whole: true, entries } : undefined;
}

/** Most sources that such an area is taken to have. */
const MOST_SOURCES = 256;

/** How many sources QEMU's `etc/hardware_errors` area has, if these bytes are one: pointers, read_ack, blocks. */
export function hardwareErrorSources(view: DataView): number | undefined {
  for (let sources = 1; sources <= MOST_SOURCES; sources++) {
    const length = view.byteLength / sources - 16;
    if (length < BLOCK_HEADER) return undefined;
    // One source alone could be anything but for the length of its block.
    if (length % 8 === 0 && (sources > 1 || length % 1024 === 0) && arePointers(view, sources, length))
      return sources;
  }
  return undefined;
}

function arePointers(view: DataView, sources: number, length: number): boolean {
  const first = view.getBigUint64(0, true);
  if (first < BigInt(16 * sources) || first % 8n !== 0n) return false;
  for (let i = 0; i < sources; i++) {
    if (view.getBigUint64(8 * i, true) !== first + BigInt(i * length)) return false;
    if (view.getBigUint64(8 * (sources + i), true) > 1n) return false;
    const block = 16 * sources + i * length;
    if (view.getUint32(block, true) !== 0 && blockAt(view, block) === undefined) return false;
  }
  return true;
}
