/** Values of any declared layout that are valid by what the declaration says. */

import {
  Ascii,
  type BitRange,
  Bits,
  Bytes,
  type Codec,
  type FieldInfo,
  FixedArray,
  Guid,
  I16,
  List,
  type Names,
  Part,
  Rest,
  Struct,
  Text,
  Union,
} from '../struct.ts';
import type { Random } from './random.ts';
import { Timestamp } from './timestamp.ts';

type AnyCodec = Codec<unknown, never>;
type Values = Record<string, unknown>;

const WORDS = ['CPU0', 'DIMM A1', 'DIMM B2', 'slot 3', 'NODE1', 'riser 2'];

/**
 * A value: of those that have names one with a name, members that a validation bit marks in three of four cases, lists
 * of one to three elements. What the encoder works out, and what is zero unless there is more to say, is left to it.
 */
export function sampleValue(codec: AnyCodec, random: Random, names?: Names): unknown {
  if (names !== undefined) return named(names, codec.size === 8, random);
  if (codec instanceof Struct) return sampleStruct(codec as never, random);
  if (codec instanceof Union) return sampleVariant(codec as never, random);
  if (codec instanceof List) return repeat(1 + random.below(3), codec.element as AnyCodec, random);
  if (codec instanceof FixedArray) return repeat(codec.count, codec.element as AnyCodec, random);
  if (codec instanceof Bits) {
    const ranges = Object.entries(codec.ranges as Readonly<Record<string, AnyRange>>);
    return Object.fromEntries(ranges.map(([name, range]) => [name, samplePart(range, random)]));
  }
  if (codec instanceof Part) return samplePart(codec.part as AnyRange, random);
  return samplePlain(codec, random);
}

type AnyRange = BitRange<boolean> | BitRange<number>;

function samplePlain(codec: AnyCodec, random: Random): unknown {
  if (codec instanceof Bytes) return random.bytes(codec.size);
  if (codec instanceof Rest) return random.bytes(4 * (1 + random.below(4)));
  if (codec instanceof Guid) return random.guid();
  if (codec instanceof Timestamp) return random.date();
  if (codec instanceof Ascii) return random.of(WORDS).slice(0, codec.size);
  if (codec instanceof Text) return random.of(WORDS);
  if (codec instanceof I16) return random.bits(16) - 0x8000;
  return codec.size === 8 ? random.wide() : random.bits(codec.size * 8);
}

function named(names: Names, isBig: boolean, random: Random): number | bigint {
  const value = random.of(Object.values(names));
  return isBig ? BigInt(value) : value;
}

function samplePart({ first, last, kind, names }: AnyRange, random: Random): boolean | number {
  if (kind === 'flag') return random.chance(1, 2);
  return names === undefined ? random.bits(last - first + 1) : random.of(Object.values(names));
}

function repeat(count: number, element: AnyCodec, random: Random): unknown[] {
  return Array.from({ length: count }, () => sampleValue(element, random));
}

function sampleVariant(codec: Union<Record<string, never>>, random: Random): unknown {
  const kinds = Object.keys(codec.variants).filter((kind) => kind !== codec.options.otherwise);
  const kind = random.of(kinds);
  return { kind, ...(sampleValue(codec.variants[kind]!, random) as object) };
}

function sampleStruct(codec: Struct<never>, random: Random): Values {
  const { fields, usualLength } = codec;
  const values: Values = {};
  const taken: FieldInfo[] = [];
  for (const field of fields) {
    if (field.role === 'constant' || field.role === 'derived' || (field.since ?? 0) > usualLength) continue;
    if (!isThere(field, values) || taken.some((other) => overlaps(field, other))) continue;
    if (field.role === 'validated' && random.chance(1, 4)) continue;
    taken.push(field);
    values[field.name] = sampleValue(field.codec, random, field.names);
  }
  shareCounts(fields, values);
  return values;
}

function isThere({ condition }: FieldInfo, values: Values): boolean {
  return condition === undefined || ((values[condition.member] ?? 0) === condition.value) !== condition.not;
}

/** Of members that stand in the same bytes one is given. */
function overlaps(a: FieldInfo, b: FieldInfo): boolean {
  if (a.codec.partial || b.codec.partial || a.codec.variable || b.codec.variable) return false;
  return a.offset < b.offset + b.size && b.offset < a.offset + a.size;
}

/** Lists that share a count are as long as the shortest of them. */
function shareCounts(fields: readonly FieldInfo[], values: Values): void {
  for (const { derivation } of fields) {
    if (derivation?.from !== 'count' || derivation.also === undefined) continue;
    const lists = [derivation.of, ...derivation.also].filter((name) => Array.isArray(values[name]));
    const length = Math.min(...lists.map((name) => (values[name] as unknown[]).length));
    for (const name of lists) values[name] = (values[name] as unknown[]).slice(0, length);
  }
}
