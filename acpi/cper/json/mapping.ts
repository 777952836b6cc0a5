/**
 * A small language for JSON forms of structures: one declaration says how a value is turned into an object and back. It
 * is made of parts, each of which stands for some keys of the object and some members of the value.
 */

import type { AnyCodec } from '../../codec.ts';
import { AcpiError, within } from '../../errors.ts';
import type { JsonValue } from '../../json/text.ts';
import { Bits, FixedArray, List, Struct, Union } from '../../struct.ts';
import {
  at,
  boolean,
  type Form,
  type JsonObject,
  jsonArray,
  jsonObject,
  number,
  type Values,
} from './forms.ts';

/** What stands for some keys of an object and some members of a value. */
export interface Part {
  readonly keys: readonly string[];
  write(values: Values, json: Record<string, JsonValue>): void;
  read(json: JsonObject, values: Record<string, unknown>, check: Check): void;
}

/** @throws AcpiError VALUE for a value that the layout's member of this name cannot hold */
export type Check = (name: string, value: unknown) => void;

/** A member of its own key. What is not given has no key. */
export function member(name: string, form: Form, key = name): Part {
  return {
    keys: [key],
    write(values, json) {
      const value = values[name];
      if (value === undefined) return;
      try {
        const content = form.toJson(value);
        if (content !== undefined) json[key] = content;
      } catch (error) {
        throw within(name, error);
      }
    },
    read(json, values, check) {
      const content = json[key];
      if (content === undefined) return;
      try {
        const value = form.fromJson(content);
        check(name, value);
        values[name] = value;
      } catch (error) {
        throw within(key, error);
      }
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
      if (value === undefined) return;
      for (let bit = 0; bit < keys.length; bit++) json[keys[bit]!] = (((value as number) >> bit) & 1) !== 0;
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
  const known = knownKeys(parts);
  return {
    keys: [key],
    write(values, json) {
      json[key] = writeParts(parts, values);
    },
    read(json, values, check) {
      const content = json[key];
      if (content !== undefined) at(key, () => readParts(parts, known, content, values, check));
    },
  };
}

/** An object of these parts, whose value `layout` encodes, where what is read needs to be checked. */
export function object(layout: AnyCodec | undefined, parts: readonly Part[]): Form {
  const check = checkOf(layout);
  const known = knownKeys(parts);
  return {
    toJson: (value) => writeParts(parts, value as Values),
    fromJson(json) {
      const values: Record<string, unknown> = {};
      readParts(parts, known, json, values, check);
      return values;
    },
  };
}

function writeParts(parts: readonly Part[], values: Values): JsonObject {
  const json: Record<string, JsonValue> = {};
  for (const part of parts) part.write(values, json);
  return json;
}

/** The keys of these parts, worked out when first asked for. */
function knownKeys(parts: readonly Part[]): () => ReadonlySet<string> {
  let keys: ReadonlySet<string> | undefined;
  return () => {
    keys ??= new Set(parts.flatMap((part) => part.keys));
    return keys;
  };
}

/** A key that no part knows is an error, so that nothing is lost unseen. */
function readParts(
  parts: readonly Part[],
  known: () => ReadonlySet<string>,
  json: JsonValue,
  values: Record<string, unknown>,
  check: Check,
): void {
  const content = jsonObject(json);
  const keys = known();
  for (const key in content)
    if (!keys.has(key)) throw new AcpiError('VALUE', `is none of ${[...keys].join(', ')}`, key);
  for (const part of parts) part.read(content, values, check);
}

/** Members that are made of others have been checked inside. */
function checkOf(layout: AnyCodec | undefined): Check {
  if (layout instanceof Bits)
    return (name, value) => {
      try {
        layout.write(SCRATCH, 0, { [name]: value } as never);
      } catch (error) {
        throw error instanceof AcpiError ? new AcpiError(error.code, error.reason) : error;
      }
    };
  if (!(layout instanceof Struct)) return () => {};
  let plain: ReadonlyMap<string, AnyCodec> | undefined;
  return (name, value) => {
    plain ??= plainMembers(layout);
    const codec = plain.get(name);
    if (codec !== undefined) tryOut(codec, value);
  };
}

/** Codecs of the members that have one value each. */
function plainMembers(layout: Struct<never>): ReadonlyMap<string, AnyCodec> {
  const found = new Map<string, AnyCodec>();
  for (const { name, codec } of layout.fields)
    if (!codec.variable && !isComposed(codec)) found.set(name, codec);
  return found;
}

/** Takes what is written to see whether it can be; no single value has more bytes. */
const SCRATCH = new DataView(new ArrayBuffer(512));

function tryOut(codec: AnyCodec, value: unknown): void {
  if (codec.size <= SCRATCH.byteLength) codec.write(SCRATCH, 0, value as never);
  else codec.encode(value as never);
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

/** The value of a member whether or not its validation bit is set; 0 where nothing stands. */
export function raw(values: Values, name: string): unknown {
  return values[name] ?? (values.unvalidated as Values | undefined)?.[name] ?? 0;
}
