/** Where the members of a structure stand: worked out from its declaration when the structure is first used. */

import type { AnyMember, Derivation, Traits } from './codec.ts';

export type Members = Readonly<Record<string, AnyMember>>;

/** A member with its place; what documentation and checks are made from. */
export interface FieldInfo extends Readonly<Traits> {
  readonly name: string;
  /** From the structure's start; after a member of variable length, from that member's end. */
  readonly offset: number;
  /** Bytes; 0 for a member of variable length. */
  readonly size: number;
}

/** A member of variable length, with those that say how many elements and bytes it has, and where it begins. */
export interface Tail {
  readonly field: FieldInfo;
  count: FieldInfo | undefined;
  bytes: FieldInfo | undefined;
  start: FieldInfo | undefined;
}

export interface Layout {
  /** Every member in the order of its declaration. */
  readonly fields: readonly FieldInfo[];
  readonly byName: ReadonlyMap<string, FieldInfo>;
  readonly fixed: readonly FieldInfo[];
  readonly tails: readonly Tail[];
  /** Length of the fixed part in its longest form. */
  readonly size: number;
  /** Lengths that the fixed part can have, ascending. */
  readonly lengths: readonly number[];
  readonly usualLength: number;
  /** Members that must be given. */
  readonly required: readonly FieldInfo[];
  /** Fixed members that are not zero where nothing is given, and what they are. */
  readonly initial: readonly { readonly field: FieldInfo; readonly value: unknown }[];
  /** Fixed members that the usual form does not have. */
  readonly unusual: readonly FieldInfo[];
  /** Members of variable length that only a longer form can have. */
  readonly late: readonly { readonly name: string; readonly since: number }[];
  /** Whether of several members of variable length some say where they begin, and so may stand in any order. */
  readonly movable: boolean;
  readonly length: FieldInfo | undefined;
  /** Zeros behind the end. */
  readonly padding: FieldInfo | undefined;
  /** A length that decoding does not go by. */
  readonly stated: FieldInfo | undefined;
  /** Members that are there or not by the value of another. */
  readonly conditional: readonly FieldInfo[];
  /** Name by which a value asks for a form: the length member's, or `length` where no member is called so. */
  readonly lengthName: string;
  readonly validation: FieldInfo | undefined;
  readonly checksums: readonly FieldInfo[];
}

/** What a member is where it is not given; undefined for zero. */
function initialOf({ constant, fallback, derivation }: FieldInfo): unknown {
  const value = constant ?? fallback ?? (derivation?.from === 'value' ? derivation.value : undefined);
  return value === 0 || value === 0n ? undefined : value;
}

/** @throws TypeError for a declaration that cannot hold */
export function layOut(structure: string, members: Members, usual: number | undefined): Layout {
  const fields: FieldInfo[] = [];
  const byName = new Map<string, FieldInfo>();
  const fixed: FieldInfo[] = [];
  const tails: Tail[] = [];
  const required: FieldInfo[] = [];
  const initial: { field: FieldInfo; value: unknown }[] = [];
  const checksums: FieldInfo[] = [];
  const conditional: FieldInfo[] = [];
  const related: FieldInfo[] = [];
  const lengths: number[] = [];
  let length: FieldInfo | undefined;
  let padding: FieldInfo | undefined;
  let stated: FieldInfo | undefined;
  let validation: FieldInfo | undefined;
  let end = 0;
  for (const name in members) {
    const { codec, role, text, fallback, constant, since, validBit, moreValidBits, condition } =
      members[name]!.traits;
    const { at, derivation, names } = members[name]!.traits;
    const { variable } = codec;
    const offset = at ?? end;
    const size = variable ? 0 : codec.size;
    if (since !== undefined) {
      if (since <= offset)
        throw new TypeError(`${structure}.${name}: begins at ${offset}, not within ${since} bytes`);
      if (!lengths.includes(since)) {
        if (offset >= end && !lengths.includes(offset)) lengths.push(offset);
        lengths.push(since);
      }
    }
    end = Math.max(end, offset + size);
    const field: FieldInfo = {
      name,
      offset,
      size,
      codec,
      role,
      text,
      fallback,
      constant,
      since,
      validBit,
      moreValidBits,
      condition,
      at,
      derivation,
      names,
    };
    if (condition !== undefined) conditional.push(field);
    fields.push(field);
    byName.set(name, field);
    if (role === 'required') required.push(field);
    if (derivation?.from === 'padding') padding = field;
    else if (variable) tails.push({ field, count: undefined, bytes: undefined, start: undefined });
    else if (tails.length > 0)
      throw new TypeError(`${structure}: a member of fixed size after one of variable length`);
    else {
      fixed.push(field);
      const value = initialOf(field);
      if (value !== undefined) initial.push({ field, value });
    }
    if (derivation === undefined) continue;
    if (derivation.from === 'length') length = field;
    else if (derivation.from === 'size') stated = field;
    else if (derivation.from === 'validation') validation = field;
    else if (derivation.from === 'checksum') checksums.push(field);
    else if ('of' in derivation) related.push(field);
  }
  for (const field of related) {
    const { from, of, also = [] } = field.derivation as Extract<Derivation, { of: string }>;
    for (const name of [of, ...also]) {
      const tail = tails.find((each) => each.field.name === name);
      if (tail === undefined)
        throw new TypeError(`${structure}.${field.name}: no '${name}' of variable length`);
      tail[from === 'offset' ? 'start' : from] = field;
    }
  }
  if (!lengths.includes(end)) lengths.push(end);
  lengths.sort((a, b) => a - b);
  const usualLength = usual ?? end;
  if (!lengths.includes(usualLength)) throw new TypeError(`${structure}: no form of usualLength`);
  const lengthName = length?.name ?? (byName.has('length') ? '' : 'length');
  if (lengths.length > 1 && lengthName === '')
    throw new TypeError(`${structure}: has several forms, and a member 'length' that is not its length`);
  const unusual = fixed.filter((field) => (field.since ?? 0) > usualLength);
  const late = tails
    .map(({ field: { name }, count, bytes, start }) => ({
      name,
      since: Math.max(...[count, bytes, start].map((field) => field?.since ?? 0)),
    }))
    .filter(({ since }) => since > usualLength);
  return {
    fields,
    byName,
    fixed,
    tails,
    size: end,
    lengths,
    usualLength,
    required,
    initial,
    unusual,
    late,
    movable: tails.length > 1 && tails.some(({ start }) => start !== undefined),
    length,
    padding,
    stated,
    lengthName,
    conditional,
    validation,
    checksums,
  };
}
