/** JSON forms of single values: numbers, text, bytes, values with names, lists. */

import type { AnyCodec } from '../../codec.ts';
import { AcpiError, within } from '../../errors.ts';
import { fromHex, toHex } from '../../json/hex.ts';
import type { JsonValue } from '../../json/text.ts';
import { fromBase64, toBase64 } from './base64.ts';

export type JsonObject = { readonly [key: string]: JsonValue };
export type Values = Readonly<Record<string, unknown>>;

/** How one value is turned into JSON and back; `undefined` where it has none. */
export interface Form {
  toJson(value: unknown): JsonValue | undefined;
  /** @throws AcpiError VALUE with the path of the key */
  fromJson(json: JsonValue): unknown;
}

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

/** Elements of one form. */
export function listOf(form: Form): Form {
  return {
    toJson: (value) => (value as readonly unknown[]).map((each, i) => at(`[${i}]`, () => form.toJson(each)!)),
    fromJson: (json) => jsonArray(json).map((each, i) => at(`[${i}]`, () => form.fromJson(each))),
  };
}
