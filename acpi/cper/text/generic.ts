/** Any declared layout as text, made from its declaration: what the kernel has no words for. */

import {
  type BitRange,
  Bits,
  type Codec,
  type FieldInfo,
  FixedArray,
  List,
  type Names,
  Part,
  Struct,
  Union,
} from '../../struct.ts';
import { dateText } from './date.ts';
import { hex, type Lines, printable } from './lines.ts';

type AnyCodec = Codec<unknown, never>;
type Values = Readonly<Record<string, unknown>>;
type Ranges = Readonly<Record<string, BitRange<boolean> | BitRange<number>>>;

/** Byte strings up to this length stand in the line of their name. */
const SHORT = 16;

/** A structure's declaration. */
export interface Declared {
  readonly fields: readonly FieldInfo[];
}

/** A line for each member that is there, in the order of the declaration. */
export function addMembers(out: Lines, codec: Declared, value: object): void {
  for (const { name } of codec.fields) addMember(out, codec, value, name);
  addUnvalidated(out, value);
}

/** The line of one member, if it is there. */
export function addMember(out: Lines, codec: Declared, value: object, name: string): void {
  const content = (value as Values)[name];
  const field = codec.fields.find((each) => each.name === name);
  if (field !== undefined && content !== undefined && !isEmptyRegister(field, content))
    addValue(out, snake(name), field.codec, content, field.names);
}

/** Registers that were left out, or in which nothing is set, say nothing. */
function isEmptyRegister({ codec, role }: FieldInfo, content: unknown): boolean {
  return role === 'defaulted' && codec instanceof Bits && rawOf(codec as never, content as object) === 0n;
}

/** The registers of a processor's context that are not zero, by their names. */
export function addRegisters(out: Lines, contexts: Codec<unknown, never>, value: object | undefined): void {
  const kind = (value as { kind?: string } | undefined)?.kind ?? '';
  const variant = (contexts as unknown as { variants: Readonly<Record<string, Declared>> }).variants[kind];
  for (const { name, codec, role } of variant?.fields ?? []) {
    const content = (value as Values)[name];
    const isList = codec instanceof List && codec.element instanceof Struct;
    if (isList || (role === 'defaulted' && !isZero(content))) addMember(out, variant!, value!, name);
  }
}

function isZero(value: unknown): boolean {
  return Array.isArray(value) ? value.every(isZero) : value === 0 || value === 0n;
}

/** Names the members that hold something though the record says that they do not. */
export function addUnvalidated(out: Lines, value: object): void {
  const names = Object.keys((value as { unvalidated?: object }).unvalidated ?? {});
  if (names.length > 0) out.add(`not valid, but not zero: ${names.map(snake).join(', ')}`);
}

function addValue(
  out: Lines,
  label: string,
  codec: AnyCodec,
  value: unknown,
  names: Names | undefined,
): void {
  if (codec instanceof Struct) addObject(out, label, () => addMembers(out, codec, value as object));
  else if (codec instanceof Union) addVariant(out, label, codec as never, value as Values);
  else if (codec instanceof List || codec instanceof FixedArray)
    addElements(out, label, codec.element as AnyCodec, value as unknown[], names);
  else if (value instanceof Uint8Array) addBytes(out, label, value);
  else out.add(`${label}: ${valueText(codec, value, names)}`);
}

function addObject(out: Lines, label: string, content: () => void): void {
  out.add(`${label}:`);
  out.inside(content);
}

function addVariant(out: Lines, label: string, codec: Union<never>, value: Values): void {
  const kind = value.kind as string;
  const variant = (codec.variants as Readonly<Record<string, Struct<never>>>)[kind];
  if (variant === undefined) addBytes(out, `${label}: unknown`, value.data as Uint8Array);
  else addObject(out, `${label}: ${words(kind)}`, () => addMembers(out, variant, value));
}

function addElements(
  out: Lines,
  label: string,
  element: AnyCodec,
  values: readonly unknown[],
  names: Names | undefined,
): void {
  if (values.length === 0) return;
  if (element instanceof Struct || element instanceof Union)
    for (const [index, value] of values.entries()) addValue(out, `${label} ${index}`, element, value, names);
  else out.add(`${label}: ${values.map((value) => valueText(element, value, names)).join(', ')}`);
}

/** Bytes in their order, in one line where they are few. */
export function addBytes(out: Lines, label: string, bytes: Uint8Array): void {
  if (bytes.byteLength > SHORT) addObject(out, label, () => out.addDump(bytes));
  else if (bytes.byteLength > 0) out.add(`${label}: ${bytesText(bytes)}`);
}

function valueText(codec: AnyCodec, value: unknown, names: Names | undefined): string {
  if (codec instanceof Bits) return bitsText(codec as never, value as Values);
  if (codec instanceof Part) return numberText(value as number | boolean, 0, codec.part.names);
  if (value instanceof Date) return dateText(value);
  if (value instanceof Uint8Array) return bytesText(value);
  if (typeof value === 'string') return printable(value);
  return numberText(value as number | bigint | boolean, codec.size, names);
}

/** Small numbers are counted, those of two bytes and more are read as hexadecimal digits. */
function numberText(value: number | bigint | boolean, size: number, names: Names | undefined): string {
  if (typeof value === 'boolean') return String(value);
  const digits = typeof value === 'bigint' ? 2 * size : size > 1 ? 2 * size : 0;
  const number = names === undefined && digits > 0 ? `0x${hex(value, digits)}` : String(value);
  return names === undefined ? number : `${number}, ${nameOf(Number(value), names)}`;
}

/** The word, and the names of the flags and numbers in it that are not zero. */
export function bitsText(codec: Codec<unknown, never>, value: object): string {
  const { ranges } = codec as unknown as { readonly ranges: Ranges };
  const parts = [word(codec, value)];
  for (const name in ranges) {
    const content = (value as Values)[name];
    const { names } = ranges[name]!;
    if (content === true) parts.push(words(name));
    else if (typeof content === 'number' && content !== 0)
      parts.push(`${words(name)} ${content}${names === undefined ? '' : ` ${nameOf(content, names)}`}`);
  }
  return parts.join(', ');
}

/** A bit field as hexadecimal digits, as many as it has. */
export function word(codec: Codec<unknown, never>, value: object): string {
  return `0x${hex(rawOf(codec, value), 2 * codec.size)}`;
}

/** A bit field as the number that it is. */
export function rawOf(codec: Codec<unknown, never>, value: object): bigint {
  let raw = 0n;
  const bytes = codec.encode(value as never);
  for (let i = bytes.byteLength - 1; i >= 0; i--) raw = (raw << 8n) | BigInt(bytes[i]!);
  return raw;
}

/** The names of the bits that are set. */
export function namesOf(value: number, names: Names): string[] {
  return Object.keys(names).flatMap((name) => ((value & names[name]!) === 0 ? [] : [words(name)]));
}

function nameOf(value: number, names: Names): string {
  for (const name in names) if (names[name] === value) return words(name);
  return 'unknown';
}

function bytesText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => hex(byte, 2)).join(' ');
}

/** `rowColumn` and `RowColumn` are `row_column`. */
export function snake(name: string): string {
  return words(name).replaceAll(' ', '_');
}

/** `rowColumn` and `RowColumn` are `row column`. */
export function words(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
}
