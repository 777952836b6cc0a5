/** A table as a person reads it: a line that says what it is, then a line for each member with its place and value. */

import { TABLES, tableCodec } from '../all-tables.ts';
import type { AnyCodec } from '../codec.ts';
import type { BlobKind } from '../io/recognise.ts';
import { Struct } from '../struct.ts';
import { AnyTable } from '../tables/any-table.ts';
import { Facs } from '../tables/facs.ts';
import { HEADER_SIZE } from '../tables/header.ts';
import { Rsdp } from '../tables/rsdp.ts';
import { escaped } from './escape.ts';
import { fieldRows, parentOf } from './rows.ts';

export interface TableTextOptions {
  /** Adds what each member means. */
  readonly explain?: boolean;
}

/** The layout of a table, of the RSDP or the FACS, from its bytes. */
export function codecOfTable(kind: BlobKind, bytes: Uint8Array): AnyCodec {
  if (kind === 'rsdp') return Rsdp;
  if (kind === 'facs') return Facs;
  return tableCodec(signatureOf(bytes)) as AnyCodec;
}

/** The four characters that a table begins with. */
export function signatureOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 4));
}

/** A table, the RSDP or the FACS as lines of text, each with its line feed. Broken ones as far as they can be read. */
export function tableText(kind: BlobKind, bytes: Uint8Array, options: TableTextOptions = {}): string {
  const codec = codecOfTable(kind, bytes);
  const lines = [titleOf(kind, codec, bytes)];
  const rows = fieldRows(codec, bytes);
  const shown = rows.filter(({ reserved, bytes }) => !reserved || bytes.some((byte) => byte !== 0));
  const names = shown.map(({ path }) => `${'  '.repeat(depthOf(path))}${lastStep(path)}`);
  const width = Math.min(44, Math.max(...names.map(({ length }) => length)));
  const digits = bytes.byteLength > 0xffff ? 8 : 4;
  shown.forEach((row, index) => {
    const place = `0x${row.offset.toString(16).padStart(digits, '0')}`;
    const size = row.container ? '' : String(row.size);
    const value = `${row.text}${row.valid ? '' : ' (not valid)'}`;
    const meaning = options.explain && row.meaning !== '' ? `  # ${row.meaning}` : '';
    lines.push(
      `  ${place} ${size.padStart(4)}  ${names[index]!.padEnd(width)}  ${value}${meaning}`.trimEnd(),
    );
  });
  return lines.map((line) => `${line}\n`).join('');
}

function titleOf(kind: BlobKind, codec: AnyCodec, bytes: Uint8Array): string {
  const source = codec instanceof Struct && codec.source !== '' ? ` (${codec.source})` : '';
  if (kind !== 'table' || bytes.byteLength < HEADER_SIZE)
    return `${kind === 'table' ? 'Table' : kind.toUpperCase()}${source}: ${bytes.byteLength} bytes`;
  const text = (name: 'oemId' | 'oemTableId' | 'creatorId') => {
    const { offset, size, codec } = AnyTable.field(name);
    return escaped(codec.decode(bytes.subarray(offset, offset + size)) as string);
  };
  const signature = signatureOf(bytes);
  const known = Object.hasOwn(TABLES, signature) ? source : ' (no layout is known)';
  const revision = bytes[AnyTable.field('revision').offset];
  const ids = [text('oemId'), text('oemTableId')].join(' ');
  return `${escaped(signature)}${known}: ${bytes.byteLength} bytes, revision ${revision}, OEM ${ids}, made by ${text('creatorId')}`;
}

function depthOf(path: string): number {
  let depth = 0;
  for (let up = parentOf(path); up !== ''; up = parentOf(up)) depth++;
  return depth;
}

/** `sources[1].notification` ends in `notification`, `sources[1]` in `[1]`. */
function lastStep(path: string): string {
  return path.slice(parentOf(path).length).replace(/^\./, '');
}
