/** Every member of a declared layout where it stands in given bytes, with its value as text: made to be shown or compared. */

import { walk } from '../check/walk.ts';
import { type AnyCodec, Ascii, Guid, Text } from '../codec.ts';
import { toHex } from '../json/hex.ts';
import { nameOfValue } from '../json/value.ts';
import { type BitRange, Bits, FixedArray, List, type Names, Part, Struct, Union } from '../struct.ts';
import { DistanceMatrix } from '../tables/slit.ts';
import { quoted } from './escape.ts';

export interface FieldRow {
  /** As in `AcpiError.field`: `sources[1].notification.type`. */
  readonly path: string;
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  /** What stands there; of a structure its name, '' of a list of structures. */
  text: string;
  /** Other members stand inside. */
  container: boolean;
  /** Not to be used, so usually zero, or usually empty. */
  readonly reserved: boolean;
  /** The checksum or one that follows from what else is there. */
  readonly checksum: boolean;
  /** False of a member whose validation bit is clear. */
  readonly valid: boolean;
  /** The member's meaning and unit; '' where its name says it all. */
  readonly meaning: string;
  /** Shares its byte with others. */
  readonly partial: boolean;
  readonly bytes: Uint8Array;
}

/** Byte strings up to this length are shown in whole. */
const SHORT = 32;

/** The rows of what a codec finds in these bytes, in the order of its declaration; what is broken has a row that says so. */
export function fieldRows(codec: AnyCodec, bytes: Uint8Array): FieldRow[] {
  const rows: FieldRow[] = [];
  const byPath = new Map<string, FieldRow>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** Members below these are part of the text of one row. */
  const whole = new Set<string>();
  const add = (path: string, start: number, end: number, more: Partial<FieldRow>) => {
    const row = {
      ...BLANK,
      ...more,
      path,
      offset: start,
      size: end - start,
      bytes: bytes.subarray(start, end),
    };
    rows.push(row);
    byPath.set(path, row);
  };
  walk(codec, view, 0, bytes.byteLength, {
    member({ path, codec: own, start, end, field, valid }) {
      if (isInside(path, whole)) return;
      if (own instanceof DistanceMatrix) {
        whole.add(path);
        add(path, start, end, { container: true, meaning: field?.text ?? '' });
        for (const [i, row] of rowsOf(own, view, start, end).entries())
          add(`${path}[${i}]`, start + i * row.length, start + (i + 1) * row.length, { text: row.join(' ') });
        return;
      }
      const element = path.endsWith(']');
      const text = leafText(own, view, start, end, field?.names);
      if (text !== undefined && isList(own)) whole.add(path);
      add(path, start, end, {
        text: text ?? '',
        container: text === undefined,
        reserved: field?.derivation?.from === 'zero' && (field.derivation.reserved === true || end === start),
        checksum: field?.derivation?.from === 'checksum',
        valid,
        meaning: element ? '' : (field?.text ?? ''),
        partial: own.partial,
      });
    },
    structure({ path, struct }) {
      const row = byPath.get(path);
      if (row !== undefined && row.text === '') row.text = struct.name;
    },
    unknown(path, union, start, end) {
      const text = `${union.name} of an unknown kind: ${bytesText(bytes.subarray(start, end))}`;
      const row = byPath.get(path);
      if (row === undefined) add(path, start, end, { text });
      else Object.assign(row, { text, container: false });
    },
    section(path, sectionType, start, end) {
      add(path, start, end, { text: `section ${sectionType}: ${bytesText(bytes.subarray(start, end))}` });
    },
    fault(path, error) {
      add(path, 0, 0, { text: `cannot be read: ${error.reason}` });
    },
  });
  return rows;
}

const BLANK = {
  text: '',
  container: false,
  reserved: false,
  checksum: false,
  valid: true,
  meaning: '',
  partial: false,
};

/** `sources[1].type` is inside `sources[1]`, that in `sources`. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('.'), path.lastIndexOf('['), 0));
}

function isInside(path: string, whole: ReadonlySet<string>): boolean {
  for (let up = parentOf(path); up !== ''; up = parentOf(up)) if (whole.has(up)) return true;
  return false;
}

function rowsOf(matrix: DistanceMatrix, view: DataView, start: number, end: number): number[][] {
  try {
    return matrix.read(view, start, end, {});
  } catch {
    // No square; the walk's own row says how many bytes there are.
    return [];
  }
}

function isList(codec: AnyCodec): codec is List<unknown, unknown> | FixedArray<unknown, unknown> {
  return codec instanceof List || codec instanceof FixedArray;
}

/** The text of a value that is shown in one row; undefined of one that has rows of its own inside. */
function leafText(
  codec: AnyCodec,
  view: DataView,
  start: number,
  end: number,
  names: Names | undefined,
): string | undefined {
  if (codec instanceof Struct || codec instanceof Union) return undefined;
  if (isList(codec) && !isPlain(codec.element as AnyCodec)) return undefined;
  let value: unknown;
  try {
    value = codec.read(view, start, end, { checksum: 'keep' });
  } catch {
    // Containers of another kind, and what is broken: the walk goes into it and says so.
    return undefined;
  }
  return textOf(codec, value, names);
}

/** A number, and nothing that has parts. */
function isPlain(codec: AnyCodec): boolean {
  return /^[ui]\d+$/.test(codec.name);
}

type Ranges = Readonly<Record<string, BitRange<boolean> | BitRange<number>>>;

function textOf(codec: AnyCodec, value: unknown, names: Names | undefined): string | undefined {
  if (codec instanceof Bits) return bitsText(codec as never, value as Readonly<Record<string, unknown>>);
  if (codec instanceof Part) return plainText(value, codec.part.names);
  if (codec instanceof Guid) return value as string;
  if (codec instanceof Ascii || codec instanceof Text) return quoted(value as string);
  if (value instanceof Uint8Array) return bytesText(value);
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z');
  if (Array.isArray(value)) {
    const elements = value.map((each) =>
      Array.isArray(each) ? `[${each.join(' ')}]` : plainText(each, names),
    );
    return `[${elements.join(', ')}]`;
  }
  return typeof value === 'object' ? undefined : plainText(value, names);
}

function plainText(value: unknown, names: Names | undefined): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'number' && typeof value !== 'bigint') return String(value);
  if (names !== undefined) return `${value} ${nameOfValue(names, value) ?? '(no known value)'}`;
  if (typeof value === 'bigint') return value < 10n ? String(value) : `0x${value.toString(16)}`;
  return value < 10 ? String(value) : `${value} (0x${value.toString(16)})`;
}

/** The word, and the names of the flags that are set and the numbers that are not zero. */
function bitsText(codec: Bits<never>, value: Readonly<Record<string, unknown>>): string {
  const ranges: Ranges = codec.ranges;
  const word = codec.encode(value as never).reverse();
  const parts: string[] = [];
  for (const name in ranges) {
    const content = value[name];
    const { names } = ranges[name]!;
    if (content === true) parts.push(name);
    else if (typeof content === 'number' && (content !== 0 || nameOfValue(names, content) !== undefined))
      parts.push(`${name} ${plainText(content, names)}`);
  }
  if (value.reserved !== undefined) parts.push(`reserved 0x${(value.reserved as bigint).toString(16)}`);
  return [`0x${toHex(word)}`, parts.join(', ')].filter((part) => part !== '').join(' ');
}

function bytesText(bytes: Uint8Array): string {
  if (bytes.byteLength <= SHORT) return bytes.byteLength === 0 ? 'no bytes' : toHex(bytes);
  return `${toHex(bytes.subarray(0, SHORT / 2))}... (${bytes.byteLength} bytes)`;
}
