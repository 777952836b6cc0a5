/**
 * The JSON form of any declared layout, made from its declaration: objects by the names of members, bits by the names
 * of bits, values by their names where they have one, 64-bit numbers as `"0x..."`, byte strings as hexadecimal digits,
 * times as ISO 8601. What decoding gives has its exact inverse; what a person writes may also have numbers for names,
 * and decimal or `0x` text for numbers.
 */

import { Timestamp } from '../cper/timestamp.ts';
import { AcpiError, within } from '../errors.ts';
import {
  type BitRange,
  Bits,
  Bytes,
  type Codec,
  type FieldInfo,
  FixedArray,
  List,
  type Names,
  Part,
  Rest,
  Struct,
  Union,
} from '../struct.ts';
import { fromHex, toHex } from './hex.ts';
import type { JsonValue } from './text.ts';

type AnyCodec = Codec<unknown, never>;
type Values = Readonly<Record<string, unknown>>;
type JsonObject = { readonly [name: string]: JsonValue };

/** The JSON form of a value that the codec decodes or encodes. @throws AcpiError VALUE */
export function toJson<In>(codec: Codec<unknown, In>, value: In): JsonValue {
  return valueToJson(codec as never, value, undefined);
}

/**
 * The value that the codec encodes, of its JSON form. Whether its numbers fit is for the encoder to say.
 * @throws AcpiError VALUE with the path of the member
 */
export function fromJson<In>(codec: Codec<unknown, In>, json: JsonValue): In {
  return valueFromJson(codec as never, json, undefined) as In;
}

/** Takes one value: its codec, the value, and the names that such values have. */
type Convert<From, To> = (codec: AnyCodec, value: From, names: Names | undefined) => To;

function valueToJson(codec: AnyCodec, value: unknown, names: Names | undefined): JsonValue {
  if (codec instanceof Struct) return membersToJson(codec as never, objectOf(value, codec.name));
  if (codec instanceof Union) {
    const object = objectOf(value, codec.name);
    const { kind, ...members } = object;
    if (kind === 'unknown') return { kind, data: bytesToJson(members.data) };
    return { kind: kind as string, ...membersToJson(variantOf(codec as never, kind), members) };
  }
  if (codec instanceof List || codec instanceof FixedArray)
    return mapOf(codec.element as AnyCodec, value, names, valueToJson);
  if (codec instanceof Bits) return bitsToJson(codec as never, objectOf(value, codec.name));
  if (codec instanceof Part) return plainToJson(value, codec.part.names);
  return plainToJson(value, names);
}

function valueFromJson(codec: AnyCodec, json: JsonValue, names: Names | undefined): unknown {
  if (codec instanceof Struct) return membersFromJson(codec as never, jsonObject(json, codec.name));
  if (codec instanceof Union) {
    const { kind, ...members } = jsonObject(json, codec.name);
    if (kind === 'unknown') return { kind, data: at('data', () => bytesFromJson(members.data)) };
    return { kind, ...membersFromJson(variantOf(codec as never, kind), members) };
  }
  if (codec instanceof List || codec instanceof FixedArray)
    return mapOf(codec.element as AnyCodec, json, names, valueFromJson);
  if (codec instanceof Bits) return bitsFromJson(codec as never, json);
  if (codec instanceof Part) return partFromJson(codec.part, json);
  if (codec instanceof Bytes || codec instanceof Rest) return bytesFromJson(json);
  if (codec instanceof Timestamp) return timeFromJson(json);
  if (isNumber(codec)) return numberFromJson(json, codec.size > 4, names);
  if (typeof json !== 'string') throw new AcpiError('VALUE', 'is no text');
  return json;
}

/** Integers have no class of their own: they are what is named so. */
function isNumber(codec: AnyCodec): boolean {
  return /^[ui]\d+$/.test(codec.name);
}

/** Does it, and puts the member's name before the path of an error. */
function at<T>(step: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw within(step, error);
  }
}

function objectOf(value: unknown, name: string): Values {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new AcpiError('VALUE', `is no object, which is what is needed for: ${name}`);
  return value as Values;
}

function jsonObject(json: JsonValue, name: string): JsonObject {
  return objectOf(json, name) as JsonObject;
}

function mapOf<T>(
  element: AnyCodec,
  value: unknown,
  names: Names | undefined,
  convert: Convert<never, T>,
): T[] {
  if (!Array.isArray(value)) throw new AcpiError('VALUE', 'is no array');
  return value.map((each, index) => at(`[${index}]`, () => convert(element, each as never, names)));
}

function variantOf(codec: Union<never>, kind: unknown): Struct<never> {
  const variants = codec.variants as Readonly<Record<string, Struct<never>>>;
  if (typeof kind === 'string' && Object.hasOwn(variants, kind)) return variants[kind]!;
  throw new AcpiError('VALUE', `is none of ${Object.keys(variants).join(', ')}, unknown`, 'kind');
}

function membersToJson(codec: Struct<never>, values: Values): JsonObject {
  const json: Record<string, JsonValue> = {};
  for (const { name, codec: own, names } of codec.fields) {
    const value = values[name];
    if (value !== undefined) json[name] = at(name, () => valueToJson(own, value, names));
  }
  const { layout } = codec;
  if (values.unvalidated !== undefined && !layout.byName.has('unvalidated')) {
    const unvalidated = objectOf(values.unvalidated, codec.name);
    json.unvalidated = at('unvalidated', () => membersToJson(codec, unvalidated));
  }
  const { lengthName } = layout;
  if (values[lengthName] !== undefined && !layout.byName.has(lengthName))
    json[lengthName] = plainToJson(values[lengthName], undefined);
  return json;
}

function membersFromJson(codec: Struct<never>, json: JsonObject): Values {
  const { byName, lengthName } = codec.layout;
  const values: Record<string, unknown> = {};
  for (const [name, content] of Object.entries(json)) {
    const field = byName.get(name);
    values[name] = at(name, () => {
      if (field !== undefined) return valueFromJson(field.codec, content, field.names);
      if (name === lengthName) return numberFromJson(content, false, undefined);
      if (name === 'unvalidated') return membersFromJson(codec, jsonObject(content, codec.name));
      throw new AcpiError('VALUE', `is no member of ${codec.name}, which has ${memberNames(codec.fields)}`);
    });
  }
  return values;
}

function memberNames(fields: readonly FieldInfo[]): string {
  return fields.map(({ name }) => name).join(', ');
}

type Ranges = Readonly<Record<string, BitRange<boolean> | BitRange<number>>>;

function bitsToJson(codec: Bits<never>, values: Values): JsonObject {
  const ranges: Ranges = codec.ranges;
  const json: Record<string, JsonValue> = {};
  for (const name in ranges) {
    const value = values[name];
    if (value !== undefined) json[name] = at(name, () => plainToJson(value, ranges[name]!.names));
  }
  if (values.reserved !== undefined) json.reserved = plainToJson(values.reserved, undefined);
  return json;
}

/** Bits by their names, or the whole as a number. */
function bitsFromJson(codec: Bits<never>, json: JsonValue): Values {
  if (typeof json === 'number' || typeof json === 'bigint' || typeof json === 'string')
    return codec.decode(wordOf(numberFromJson(json, true, undefined) as bigint, codec.size));
  const ranges: Ranges = codec.ranges;
  const values: Record<string, unknown> = {};
  for (const [name, content] of Object.entries(jsonObject(json, codec.name)))
    values[name] = at(name, () => {
      if (name === 'reserved') return numberFromJson(content, true, undefined);
      if (Object.hasOwn(ranges, name)) return partFromJson(ranges[name]!, content);
      throw new AcpiError('VALUE', `is none of the bits, which are ${Object.keys(ranges).join(', ')}`);
    });
  return values;
}

/** A number as so many bytes. */
function wordOf(number: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(8);
  if (number < 0n || number >> BigInt(8 * size) !== 0n)
    throw new AcpiError('VALUE', `${number} does not fit into ${size} bytes`);
  new DataView(bytes.buffer).setBigUint64(0, number, true);
  return bytes.subarray(0, size);
}

function partFromJson(part: BitRange<boolean> | BitRange<number>, json: JsonValue): unknown {
  if (part.kind === 'number') return numberFromJson(json, false, part.names);
  if (typeof json !== 'boolean') throw new AcpiError('VALUE', 'is neither true nor false');
  return json;
}

function plainToJson(value: unknown, names: Names | undefined): JsonValue {
  if (typeof value === 'number' || typeof value === 'bigint') {
    const name = nameOfValue(names, value);
    if (name !== undefined) return name;
    return typeof value === 'bigint' ? `0x${value.toString(16)}` : value;
  }
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (value instanceof Date) return timeToJson(value);
  return bytesToJson(value);
}

/** The name that a value has among these; undefined where it has none. */
export function nameOfValue(names: Names | undefined, value: number | bigint): string | undefined {
  for (const name in names)
    if (typeof value === 'bigint' ? BigInt(names[name]!) === value : names[name] === value) return name;
  return undefined;
}

/** A number as JSON or a person has it: a name, a number, or decimal or `0x` text. */
function numberFromJson(json: JsonValue, big: boolean, names: Names | undefined): number | bigint {
  let number: number | bigint | undefined;
  if (typeof json === 'string' && names !== undefined && Object.hasOwn(names, json)) number = names[json];
  else if (typeof json === 'string' && /^(0x[0-9a-f]+|-?\d+)$/i.test(json)) number = BigInt(json);
  else if (typeof json === 'bigint' || (typeof json === 'number' && Number.isInteger(json))) number = json;
  if (number !== undefined) return big ? BigInt(number) : Number(number);
  if (names === undefined) throw new AcpiError('VALUE', 'is no whole number');
  throw new AcpiError('VALUE', `is neither a whole number nor one of ${Object.keys(names).join(', ')}`);
}

function bytesToJson(value: unknown): string {
  if (value instanceof Uint8Array) return toHex(value);
  throw new AcpiError('VALUE', `${value === null ? 'null' : typeof value} has no form in JSON`);
}

function bytesFromJson(json: JsonValue | undefined): Uint8Array {
  const bytes = typeof json === 'string' ? fromHex(json.replace(/\s+/g, '')) : undefined;
  if (bytes === undefined) throw new AcpiError('VALUE', 'is no string of hexadecimal digits, two a byte');
  return bytes;
}

function timeToJson(date: Date): string {
  if (Number.isNaN(date.getTime())) throw new AcpiError('VALUE', 'is no valid Date');
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** A date, or the eight bytes of what is none. */
function timeFromJson(json: JsonValue): Date | Uint8Array {
  if (typeof json === 'string') {
    if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(json)) {
      const date = new Date(json);
      // Date takes 31 February for 2 March.
      if (!Number.isNaN(date.getTime()) && timeToJson(date) === json) return date;
    }
    const bytes = fromHex(json);
    if (bytes?.byteLength === 8) return bytes;
  }
  throw new AcpiError('VALUE', 'is neither a time such as 2026-01-31T23:59:59Z nor 16 hexadecimal digits');
}
