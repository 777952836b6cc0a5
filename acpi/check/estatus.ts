/** A Generic Error Status Block as Linux goes through it: include/acpi/ghes.h, drivers/firmware/efi/cper.c. */

import { guid } from '../codec.ts';

/** Offsets in the header of a block and of its entries, and their lengths. */
const HEADER = 20;
const ENTRY = 64;
const ENTRY_300 = 72;

export interface Entry {
  readonly path: string;
  readonly sectionType: string;
  readonly severity: number;
  readonly flags: number;
  /** Where the section stands, and how long it is said to be. */
  readonly start: number;
  readonly length: number;
  readonly hasTimestamp: boolean;
}

export interface Estatus {
  readonly blockStatus: number;
  readonly severity: number;
  readonly dataLength: number;
  readonly rawDataOffset: number;
  readonly rawDataLength: number;
  /** Bytes of the whole block. */
  readonly length: number;
  readonly entries: readonly Entry[];
  /** Why cper_estatus_check refuses the block, and the member at fault. */
  readonly refusal?: { readonly field: string; readonly reason: string };
}

/** Reads a block; undefined where there is not even a header. Entries are those before the first that is refused. */
export function readEstatus(view: DataView, start = 0): Estatus | undefined {
  const room = view.byteLength - start;
  if (room < HEADER) return undefined;
  const word = (at: number) => view.getUint32(start + at, true);
  const rawDataOffset = word(4);
  const rawDataLength = word(8);
  const dataLength = word(12);
  const header = { blockStatus: word(0), rawDataOffset, rawDataLength, dataLength, severity: word(16) };
  const length = rawDataLength > 0 ? rawDataOffset + rawDataLength : HEADER + dataLength;
  const refused = (field: string, reason: string, entries: readonly Entry[] = []): Estatus => ({
    ...header,
    length,
    entries,
    refusal: { field, reason },
  });
  if (dataLength > 0 && dataLength < ENTRY)
    return refused('dataLength', `${dataLength} is less than the ${ENTRY} bytes of an entry`);
  if (rawDataLength > 0 && rawDataOffset < HEADER + dataLength)
    return refused(
      'rawDataOffset',
      `${rawDataOffset} is inside the entries, which end at ${HEADER + dataLength}`,
    );
  if (length > room) return refused('', `needs ${length} bytes, there are ${room}`);
  const entries: Entry[] = [];
  let left = dataLength;
  for (let at = start + HEADER; left > 0; ) {
    const path = `entries[${entries.length}]`;
    if (left < ENTRY) return refused(path, `${left} bytes are left for an entry of ${ENTRY}`, entries);
    const hasTimestamp = view.getUint16(at + 20, true) >> 8 >= 3;
    const own = hasTimestamp ? ENTRY_300 : ENTRY;
    const size = view.getUint32(at + 24, true);
    if (own + size > left)
      return refused(`${path}.dataLength`, `${size}: ${left - own} bytes are left for the section`, entries);
    entries.push({
      path,
      sectionType: guid.read(view, at, at + 16, {}),
      severity: view.getUint32(at + 16, true),
      flags: view.getUint8(at + 23),
      start: at + own,
      length: size,
      hasTimestamp: hasTimestamp && (view.getUint8(at + 22) & 4) !== 0,
    });
    at += own + size;
    left -= own + size;
  }
  return { ...header, length, entries };
}
