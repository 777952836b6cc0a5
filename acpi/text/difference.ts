/** What is different between two of the same kind, member by member. */

import type { AnyCodec } from '../codec.ts';
import { type FieldRow, fieldRows, parentOf } from './rows.ts';

/** One side of a difference: a member as it is there. */
export interface Side {
  readonly offset: number;
  readonly text: string;
}

export interface Difference {
  /** Path of the member. */
  readonly field: string;
  /** Undefined where this side has no such member. */
  readonly a: Side | undefined;
  readonly b: Side | undefined;
}

/**
 * The members that differ, in the order of the layout; of a structure that one side lacks only itself. Checksums are
 * left out where anything else is different.
 */
export function differences(codecA: AnyCodec, a: Uint8Array, codecB: AnyCodec, b: Uint8Array): Difference[] {
  const left = byPath(fieldRows(codecA, a));
  const right = byPath(fieldRows(codecB, b));
  const found: Difference[] = [];
  const missing = new Set<string>();
  let checksums: Difference[] = [];
  for (const path of inOrder([...left.keys()], [...right.keys()])) {
    const [one, other] = [left.get(path), right.get(path)];
    if (one === undefined || other === undefined) missing.add(path);
    if (missing.has(parentOf(path)) || (one !== undefined && other !== undefined && same(one, other)))
      continue;
    const difference = { field: path, a: sideOf(one, other), b: sideOf(other, one) };
    if (one?.checksum) checksums.push(difference);
    else found.push(difference);
  }
  if (found.length > 0) checksums = [];
  return [...checksums, ...found];
}

function byPath(rows: readonly FieldRow[]): ReadonlyMap<string, FieldRow> {
  return new Map(rows.map((row) => [row.path, row]));
}

/** All paths, those of `b` alone behind the one that they follow there. */
function inOrder(a: readonly string[], b: readonly string[]): string[] {
  const known = new Set(a);
  const following = new Map<string | undefined, string[]>();
  let last: string | undefined;
  for (const path of b)
    if (known.has(path)) last = path;
    else following.set(last, [...(following.get(last) ?? []), path]);
  return [
    ...(following.get(undefined) ?? []),
    ...a.flatMap((path) => [path, ...(following.get(path) ?? [])]),
  ];
}

function same(a: FieldRow, b: FieldRow): boolean {
  if (a.container && b.container) return a.text === b.text;
  if (a.text !== b.text || a.valid !== b.valid) return false;
  return a.partial || firstDifference(a.bytes, b.bytes) === undefined;
}

/** The first byte that differs; where one has more, the first that the other lacks. */
function firstDifference(a: Uint8Array, b: Uint8Array): number | undefined {
  const length = Math.min(a.byteLength, b.byteLength);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return i;
  return a.byteLength === b.byteLength ? undefined : length;
}

function sideOf(row: FieldRow | undefined, other: FieldRow | undefined): Side | undefined {
  if (row === undefined) return undefined;
  const text = `${row.text}${row.valid ? '' : ' (not valid)'}`;
  const at =
    other !== undefined && other.text === row.text ? firstDifference(row.bytes, other.bytes) : undefined;
  return { offset: row.offset, text: at === undefined ? text : `${text}, differs at its byte ${at}` };
}
