/**
 * Where the members of a structure stand, and what is to be done with each: worked out from its declaration when the
 * structure is first used.
 */

import type { AnyCodec, AnyMember, Derivation, Traits } from './codec.ts';

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

/**
 * What is done with a fixed member that was read: `give` it; hold it against its `constant`; give it where it is
 * `validated`; give it where it is not zero, or not its usual `value`; judge it `later`, once the tails are known.
 */
export type Action = 'give' | 'constant' | 'validated' | 'zero' | 'value' | 'later';

/** A member as encoding and decoding go by it, with all that follows from its declaration. */
export interface Step {
  readonly field: FieldInfo;
  readonly name: string;
  readonly codec: AnyCodec;
  readonly variable: boolean;
  readonly partial: boolean;
  readonly offset: number;
  /** Behind its last byte. */
  readonly end: number;
  readonly action: Action;
  /** What a constant is, or the value that is usual. */
  readonly value: unknown;
  /** Bits of the structure's validation bits that must be set: 0 to 31, and 32 to 63. */
  readonly validLow: number;
  readonly validHigh: number;
  /** The member that says whether this one is there, where one does. */
  readonly other: FieldInfo | undefined;
  /** Place among the tails of the one whose count, bytes or offset this is; -1 for any other. */
  tail: number;
}

export interface Layout {
  /** Every member in the order of its declaration. */
  readonly fields: readonly FieldInfo[];
  readonly byName: ReadonlyMap<string, FieldInfo>;
  readonly fixed: readonly FieldInfo[];
  readonly tails: readonly Tail[];
  /** The members that values have, by their names. */
  readonly steps: ReadonlyMap<string, Step>;
  /** Fixed members in the order in which they are read. */
  readonly reads: readonly Step[];
  /** Fixed members that are judged once the tails are known. */
  readonly judged: readonly Step[];
  /** One for each tail. */
  readonly tailSteps: readonly Step[];
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
  /** Whether decoding says so where a form is not the usual one. */
  readonly tellsForm: boolean;
  readonly validation: FieldInfo | undefined;
  readonly checksums: readonly FieldInfo[];
}

/** What a member is where it is not given; undefined for zero. */
function initialOf({ constant, fallback, derivation }: FieldInfo): unknown {
  const value = constant ?? fallback ?? (derivation?.from === 'value' ? derivation.value : undefined);
  return value === 0 || value === 0n ? undefined : value;
}

function actionOf({ role, derivation }: FieldInfo): Action {
  if (role === 'constant' || role === 'validated') return role;
  if (role !== 'derived') return 'give';
  return derivation!.from === 'zero' || derivation!.from === 'value' ? derivation!.from : 'later';
}

function stepOf(field: FieldInfo, byName: ReadonlyMap<string, FieldInfo>): Step {
  const { name, codec, offset, size, constant, derivation, validBit, moreValidBits = [], condition } = field;
  let validLow = 0;
  let validHigh = 0;
  if (validBit !== undefined)
    for (const bit of [validBit, ...moreValidBits])
      if (bit < 32) validLow |= 1 << bit;
      else validHigh |= 1 << (bit - 32);
  return {
    field,
    name,
    codec,
    variable: codec.variable,
    partial: codec.partial,
    offset,
    end: offset + size,
    action: actionOf(field),
    value: derivation?.from === 'value' ? derivation.value : constant,
    validLow,
    validHigh,
    other: condition && byName.get(condition.member),
    tail: -1,
  };
}

/**
 * `hidden` members have their place, but values do not have them.
 * @throws TypeError for a declaration that cannot hold
 */
export function layOut(
  structure: string,
  members: Members,
  usual: number | undefined,
  hidden: readonly string[] = [],
): Layout {
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
    const { traits } = members[name]!;
    const { codec, role, text, fallback, constant, since, validBit, moreValidBits, condition } = traits;
    const { at, derivation, names } = traits;
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
  const shown = fields.filter(({ name }) => !hidden.includes(name));
  const steps = new Map(shown.map((field) => [field.name, stepOf(field, byName)]));
  const reads = fixed.map(({ name }) => steps.get(name)).filter((step) => step !== undefined);
  for (const { name, derivation } of related) {
    const step = steps.get(name);
    const { of } = derivation as Extract<Derivation, { of: string }>;
    if (step !== undefined) step.tail = tails.findIndex(({ field }) => field.name === of);
  }
  return {
    fields,
    byName,
    fixed,
    tails,
    steps,
    reads,
    judged: reads.filter(({ action }) => action === 'later'),
    tailSteps: tails.map(({ field }) => steps.get(field.name) ?? stepOf(field, byName)),
    size: end,
    lengths,
    usualLength,
    required: required.filter(({ name }) => steps.has(name)),
    initial,
    unusual,
    late,
    movable: tails.length > 1 && tails.some(({ start }) => start !== undefined),
    length,
    padding,
    stated,
    lengthName,
    tellsForm: length === undefined && lengths.length > 1 && !hidden.includes(lengthName),
    conditional,
    validation,
    checksums,
  };
}
