/**
 * A small language for JSON forms: one declaration says how a value is turned into JSON and back. A form is for one
 * value; an object's form is made of parts, each of which stands for some keys of the object and some members of the
 * value.
 */

import type { AnyCodec } from '../../codec.ts';
import { AcpiError, within } from '../../errors.ts';
import { fromHex, toHex } from '../../json/hex.ts';
import type { JsonValue } from '../../json/text.ts';
import { Bits, FixedArray, List, Struct, Union } from '../../struct.ts';
import { fromBase64, toBase64 } from './base64.ts';

export type JsonObject = { readonly [key: string]: JsonValue };
export type Values = Readonly<Record<string, unknown>>;

/** How one value is turned into JSON and back; `undefined` where it has none. */
export interface Form {
  toJson(value: unknown): JsonValue | undefined;
  /** @throws AcpiError VALUE with the path of the key */
  fromJson(json: JsonValue): unknown;
}

/** What stands for some keys of an object and some members of a value. */
export interface Part {
  readonly keys: readonly string[];
  write(values: Values, json: Record<string, JsonValue>): void;
  read(json: JsonObject, values: Record<string, unknown>, check: Check): void;
}

/** @throws AcpiError VALUE for a value that the layout's member of this name cannot hold */
export type Check = (name: string, value: unknown) => void;

/** Does it, and puts a step before the path of an error. */
export function at<T>(step: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw within(step, error);
  }
}

export function jsonObject(json: JsonValue | undefined): JsonObject {
  if (json === undefined) throw new AcpiError('VALUE', 'is missing');
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new AcpiError('VALUE', 'is no object');
  return json as JsonObject;
}

export function jsonArray(json: JsonValue | undefined): readonly JsonValue[] {
  if (json === undefined) throw new AcpiError('VALUE', 'is missing');
  if (!Array.isArray(json)) throw new AcpiError('VALUE', 'is no array');
  return json;
}

function jsonText(json: JsonValue | undefined): string {
  if (typeof json !== 'string') throw new AcpiError('VALUE', 'is no text');
  return json;
}

function wholeNumber(json: JsonValue | undefined): number | bigint {
  if (typeof json === 'bigint') return json;
  if (typeof json !== 'number' || !Number.isInteger(json)) throw new AcpiError('VALUE', 'is no whole number');
  if (!Number.isSafeInteger(json))
    throw new AcpiError('VALUE', `${json} is not exact: JSON text with such numbers is read by parseJson`);
  return json;
}

/** A whole number as JSON has it: bigint only where a number is not exact. */
export function numberToJson(value: number | bigint): number | bigint {
  return typeof value === 'bigint' && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** An unsigned number of at most 32 bits. */
export const number: Form = {
  toJson: (value) => value as number,
  fromJson: (json) => Number(wholeNumber(json)),
};

/** A number of 64 bits, a plain number in JSON too. */
export const long: Form = {
  toJson: (value) => numberToJson(value as bigint),
  fromJson: (json) => BigInt(wholeNumber(json)),
};

export const boolean: Form = {
  toJson: (value) => value as boolean,
  fromJson(json) {
    if (typeof json !== 'boolean') throw new AcpiError('VALUE', 'is neither true nor false');
    return json;
  },
};

/** true and false in JSON, 1 and 0 in the value. */
export const bit: Form = {
  toJson: (value) => value !== 0,
  fromJson: (json) => (boolean.fromJson(json) ? 1 : 0),
};

/** Text as it is. */
export const text: Form = { toJson: (value) => value as string, fromJson: jsonText };

/** Digits of either case; the value has lower-case ones. */
export const guid: Form = {
  toJson: text.toJson,
  fromJson: (json) => jsonText(json).toLowerCase(),
};

/** Text that a zero byte ends before `size` bytes are full; other text is not shown. */
export function printable(size: number): Form {
  return {
    toJson(value) {
      const shown = (value as string).split('\0', 1)[0]!;
      return shown.length < size && /^[ -~]+$/.test(shown) ? shown : undefined;
    },
    fromJson: jsonText,
  };
}

export const base64: Form = {
  // No bytes have no key.
  toJson: (value) => ((value as Uint8Array).byteLength === 0 ? undefined : toBase64(value as Uint8Array)),
  fromJson: (json) => fromBase64(jsonText(json)),
};

/** Bytes as hexadecimal digits, without a prefix. */
export const hexBytes: Form = {
  toJson: (value) => toHex(value as Uint8Array),
  fromJson(json) {
    const bytes = fromHex(jsonText(json));
    if (bytes === undefined) throw new AcpiError('VALUE', 'is no string of hexadecimal digits, two a byte');
    return bytes;
  },
};

/** Bytes that hold one number, little endian. */
export function littleEndian(size: number): Form {
  return {
    toJson(value) {
      let number = 0n;
      for (const byte of (value as Uint8Array).toReversed()) number = (number << 8n) | BigInt(byte);
      return numberToJson(number);
    },
    fromJson(json) {
      let rest = BigInt(wholeNumber(json));
      const bytes = new Uint8Array(size);
      for (let i = 0; i < size; i++, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
      if (rest !== 0n) throw new AcpiError('VALUE', `is not 0 to 2^${8 * size} - 1`);
      return bytes;
    },
  };
}

/** `0x` and `digits` upper-case hexadecimal digits. */
export function hexText(value: number | bigint, digits: number): string {
  return `0x${value.toString(16).toUpperCase().padStart(digits, '0')}`;
}

/** A number as `hexText`; `big` for one of 64 bits. */
export function hexNumber(digits: number, big = digits > 8): Form {
  return {
    toJson: (value) => hexText(value as number | bigint, digits),
    fromJson(json) {
      if (!/^0x[0-9a-f]+$/i.test(jsonText(json)))
        throw new AcpiError('VALUE', `is no number such as ${hexText(1, digits)}`);
      return big ? BigInt(json as string) : Number(json);
    },
  };
}

/** What values are called: their names by number, and the name of all others. */
export interface Names {
  readonly names: Readonly<Record<number, string>>;
  readonly others: string;
  /** Longer words about the named values. */
  readonly descriptions?: Readonly<Record<number, string>>;
}

/** Names from 0 on; empty ones are none. */
export function names(list: readonly string[], others = 'Unknown (Reserved)'): Names {
  return { names: Object.fromEntries([...list.entries()].filter(([, name]) => name !== '')), others };
}

/** `{ value, name }`. What is read is the value, or the name where there is no value. */
export function named({ names, others, descriptions }: Names, key = 'value', nameKey = 'name'): Form {
  return {
    toJson(value) {
      const number = Number(value);
      const json: Record<string, JsonValue> = { [key]: numberToJson(value as number | bigint) };
      const description = descriptions?.[number];
      if (description !== undefined) json.description = description;
      json[nameKey] = names[number] ?? others;
      return json;
    },
    fromJson(json) {
      const object = jsonObject(json);
      if (object[key] !== undefined) return at(key, () => Number(wholeNumber(object[key])));
      for (const number in names) if (names[number] === object[nameKey]) return Number(number);
      throw new AcpiError('VALUE', 'is missing', key);
    },
  };
}

/** `{ value }` and what such values are called under another key; what is read is the value. */
export function called(nameKey: string, nameOf: (value: number) => string): Form {
  return {
    toJson: (value) => ({ value: value as number, [nameKey]: nameOf(value as number) }),
    fromJson(json) {
      const { value } = jsonObject(json);
      if (value === undefined) throw new AcpiError('VALUE', 'is missing', 'value');
      return at('value', () => number.fromJson(value));
    },
  };
}

/** A member of its own key. What is not given has no key. */
export function member(name: string, form: Form, key = name): Part {
  return {
    keys: [key],
    write(values, json) {
      const value = values[name];
      const content = value === undefined ? undefined : at(name, () => form.toJson(value));
      if (content !== undefined) json[key] = content;
    },
    read(json, values, check) {
      const content = json[key];
      if (content !== undefined) values[name] = at(key, () => checked(check, name, form.fromJson(content)));
    },
  };
}

/** A member that has a key always, and is `fallback` where it is not given. */
export function always(name: string, form: Form, fallback: unknown, key = name): Part {
  const part = member(name, form, key);
  return {
    keys: [key],
    write(values, json) {
      const content = form.toJson(values[name] ?? fallback);
      if (content !== undefined) json[key] = content;
    },
    read(json, values, check) {
      values[name] = fallback;
      part.read(json, values, check);
    },
  };
}

/** A member whose key must be there. */
export function needed(name: string, form: Form, key = name): Part {
  const part = member(name, form, key);
  return {
    ...part,
    read(json, values, check) {
      if (json[key] === undefined) throw new AcpiError('VALUE', 'is missing', key);
      part.read(json, values, check);
    },
  };
}

/** Parts of a member that is made of others, whose keys stand beside those of other members. */
export function inside(name: string, layout: AnyCodec | undefined, parts: readonly Part[]): Part {
  const check = checkOf(layout);
  return {
    keys: parts.flatMap((part) => part.keys),
    write(values, json) {
      const value = values[name];
      if (value !== undefined) for (const part of parts) part.write(value as Values, json);
    },
    read(json, values) {
      const value: Record<string, unknown> = {};
      for (const part of parts) part.read(json, value, check);
      if (Object.keys(value).length > 0) values[name] = value;
    },
  };
}

/** Single bits of a member, from bit 0 on, each with a key of its own. */
export function bitsOf(name: string, keys: readonly string[]): Part {
  return {
    keys,
    write(values, json) {
      const value = values[name];
      if (value !== undefined)
        for (const [bit, key] of keys.entries()) json[key] = (((value as number) >> bit) & 1) !== 0;
    },
    read(json, values) {
      let value = 0;
      for (const [bit, key] of keys.entries())
        if (json[key] !== undefined && at(key, () => boolean.fromJson(json[key]!))) value |= 1 << bit;
      values[name] = value;
    },
  };
}

/** What follows from other members: shown, and ignored where it is read. */
export function shown(key: string, of: (values: Values) => JsonValue | undefined): Part {
  return {
    keys: [key],
    write(values, json) {
      const content = of(values);
      if (content !== undefined) json[key] = content;
    },
    read() {},
  };
}

/** Members of the same value in an object of their own. */
export function group(key: string, parts: readonly Part[]): Part {
  return {
    keys: [key],
    write(values, json) {
      json[key] = writeParts(parts, values);
    },
    read(json, values, check) {
      const content = json[key];
      if (content !== undefined) at(key, () => readParts(parts, content, values, check));
    },
  };
}

/** An object of these parts, whose value `layout` encodes, where what is read needs to be checked. */
export function object(layout: AnyCodec | undefined, parts: readonly Part[]): Form {
  const check = checkOf(layout);
  return {
    toJson: (value) => writeParts(parts, value as Values),
    fromJson(json) {
      const values: Record<string, unknown> = {};
      readParts(parts, json, values, check);
      return values;
    },
  };
}

function writeParts(parts: readonly Part[], values: Values): JsonObject {
  const json: Record<string, JsonValue> = {};
  for (const part of parts) part.write(values, json);
  return json;
}

/** A key that no part knows is an error, so that nothing is lost unseen. */
function readParts(
  parts: readonly Part[],
  json: JsonValue,
  values: Record<string, unknown>,
  check: Check,
): void {
  const content = jsonObject(json);
  const keys = parts.flatMap((part) => part.keys);
  for (const key in content)
    if (!keys.includes(key)) throw new AcpiError('VALUE', `is none of ${keys.join(', ')}`, key);
  for (const part of parts) part.read(content, values, check);
}

function checked(check: Check, name: string, value: unknown): unknown {
  check(name, value);
  return value;
}

/** Members that are made of others have been checked inside. */
function checkOf(layout: AnyCodec | undefined): Check {
  if (layout instanceof Bits)
    return (name, value) => {
      try {
        layout.encode({ [name]: value } as never);
      } catch (error) {
        throw error instanceof AcpiError ? new AcpiError(error.code, error.reason) : error;
      }
    };
  return (name, value) => {
    const codec = layout instanceof Struct ? layout.layout.byName.get(name)?.codec : undefined;
    if (codec !== undefined && !codec.variable && !isComposed(codec)) codec.encode(value as never);
  };
}

function isComposed(codec: AnyCodec): boolean {
  return (
    codec instanceof Struct ||
    codec instanceof Union ||
    codec instanceof List ||
    codec instanceof FixedArray ||
    codec instanceof Bits
  );
}

/** Members in the order of the list, each of the same form and of the same name as its key. */
export function members(form: Form, ...list: readonly string[]): Part[] {
  return list.map((name) => member(name, form));
}

/** Bits by their names, and the keys that stand for them. */
export function flags(keys: Readonly<Record<string, string>>): Form {
  return object(
    undefined,
    Object.entries(keys).map(([name, key]) => always(name, boolean, false, key)),
  );
}

/** What bytes hold, in another form: `codec` for what the value is, `as` for what the form takes. */
export function reread(codec: () => AnyCodec, as: AnyCodec, form: Form): Form {
  return {
    toJson: (value) => form.toJson(as.decode(codec().encode(value as never))),
    fromJson: (json) => codec().decode(as.encode(form.fromJson(json) as never)),
  };
}

/** A structure as its bytes, in a form for bytes; as many as the structure has. */
export function encoded(codec: AnyCodec, form: Form): Form {
  return {
    toJson: (value) => form.toJson(codec.encode(value as never)),
    fromJson(json) {
      const bytes = form.fromJson(json) as Uint8Array;
      if (!codec.variable && bytes.byteLength !== codec.size)
        throw new AcpiError('VALUE', `is ${bytes.byteLength} bytes, not ${codec.size}`);
      return codec.decode(bytes);
    },
  };
}

/** A part that is written only where `condition` holds. */
export function when(condition: (values: Values) => boolean, part: Part): Part {
  return {
    ...part,
    write(values, json) {
      if (condition(values)) part.write(values, json);
    },
  };
}

/** How many elements a list has, which stands beside it: `list` and `listKey` are the list's. */
export function counted(key: string, list: string, listKey: string): Part {
  return {
    keys: [key],
    write(values, json) {
      json[key] = (values[list] as readonly unknown[]).length;
    },
    read({ [key]: count, [listKey]: elements }) {
      const { length } = at(listKey, () => jsonArray(elements));
      if (count !== undefined && count !== length)
        throw new AcpiError('VALUE', `is ${String(count)}, but there are ${length}`, key);
    },
  };
}

/** Bytes that a structure says it has: right where they are left out, else as they are said. */
export function statedLength(codec: AnyCodec, name: string, key = name): Part {
  const part = member(name, number, key);
  return {
    ...part,
    write(values, json) {
      json[key] = (values[name] as number | undefined) ?? codec.sizeOf(values as never);
    },
  };
}

/** Elements of one form. */
export function listOf(form: Form): Form {
  return {
    toJson: (value) => (value as readonly unknown[]).map((each, i) => at(`[${i}]`, () => form.toJson(each)!)),
    fromJson: (json) => jsonArray(json).map((each, i) => at(`[${i}]`, () => form.fromJson(each))),
  };
}

/** The value of a member whether or not its validation bit is set; 0 where nothing stands. */
export function raw(values: Values, name: string): unknown {
  return values[name] ?? (values.unvalidated as Values | undefined)?.[name] ?? 0;
}
