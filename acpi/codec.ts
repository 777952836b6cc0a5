/** What a declaration is made of: codecs (how bytes and values turn into one another) and members. */

import { AcpiError } from './errors.ts';
import { isWrittenAsAscii } from './utf8.ts';

/**
 * How a member's value comes about, and so whether it is asked for (encode) and given (decode):
 * `required` both; `defaulted` may be left out, is given; `since` and `validated` may be absent in both;
 * `derived` is worked out by the encoder, may be overridden, and is given only where the bytes say something
 * else than the encoder would; `constant` is neither.
 */
export type Role = 'required' | 'defaulted' | 'since' | 'validated' | 'derived' | 'constant';

/** What the encoder works a `derived` member out from. */
export type Derivation =
  | { readonly from: 'zero'; readonly reserved?: boolean }
  | { readonly from: 'value'; readonly value: unknown }
  | { readonly from: 'length'; readonly less?: number }
  | { readonly from: 'padding'; readonly to: number }
  | { readonly from: 'size' }
  | { readonly from: 'validation' }
  | { readonly from: 'checksum'; readonly span: number | undefined }
  | {
      readonly from: 'count' | 'bytes' | 'offset';
      readonly of: string;
      /** Members that have as many elements as `of`. */
      readonly also?: readonly string[];
    };

/** All that a declaration says about one member. */
export interface Traits {
  codec: AnyCodec;
  role: Role;
  text: string | undefined;
  fallback: unknown;
  constant: unknown;
  since: number | undefined;
  validBit: number | undefined;
  /** Bits that must be set beside `validBit`. */
  moreValidBits: readonly number[] | undefined;
  condition: Condition | undefined;
  at: number | undefined;
  derivation: Derivation | undefined;
  /** Names of the values that the specification defines, where it defines them one by one. */
  names: Names | undefined;
}

export type Names = Readonly<Record<string, number>>;

/** A member is there where another one, a number, has this value (`not`: has any other). */
export interface Condition {
  readonly member: string;
  readonly value: number;
  readonly not: boolean;
}

export interface DecodeOptions {
  /** `keep`: a wrong checksum is given as a value instead of thrown as an error. */
  readonly checksum?: 'verify' | 'keep';
}

/** A codec, or a codec with what a structure says about it. Every method gives a new member. */
export abstract class Member<Out, In, R extends Role> {
  declare readonly out: Out;
  declare readonly in: (value: In) => void;
  declare readonly role: R;

  abstract get traits(): Readonly<Traits>;

  /** Says what the member means, in the words of its specification. */
  doc(text: string): Member<Out, In, R> {
    const traits = copyOf(this);
    traits.text = text;
    return new Field(traits);
  }

  /** Takes one of these values; others are decoded all the same, without a name. */
  values(names: Names): Member<Out, In, R> {
    const traits = copyOf(this);
    traits.names = names;
    return new Field(traits);
  }

  /** May be left out when encoding. */
  default(fallback: In): Member<Out, In, 'defaulted'> {
    const traits = copyOf(this);
    traits.role = 'defaulted';
    traits.fallback = fallback;
    return new Field(traits);
  }

  /** Always has this value; any other makes decoding fail with MISMATCH. */
  constant(constant: Out & In): Member<Out, In, 'constant'> {
    const traits = copyOf(this);
    traits.role = 'constant';
    traits.constant = constant;
    return new Field(traits);
  }

  /** Exists only where the structure has at least `length` bytes (later revisions). */
  since(length: number): Member<Out, In, R extends 'required' | 'defaulted' ? 'since' : R> {
    const traits = copyOf(this);
    if (traits.role === 'required' || traits.role === 'defaulted') traits.role = 'since';
    traits.since = length;
    return new Field(traits);
  }

  /** Is meaningful only where this bit of the structure's validation bits is set (and each of `more`). */
  validBy(validBit: number, ...more: readonly number[]): Member<Out, In, 'validated'> {
    const traits = copyOf(this);
    traits.role = 'validated';
    traits.validBit = validBit;
    traits.moreValidBits = more.length === 0 ? undefined : more;
    return new Field(traits);
  }

  /** Is there only where another member, of one byte to four, has this value: one side of a union. */
  when(member: string, value: number): Member<Out, In, R> {
    const traits = copyOf(this);
    traits.condition = { member, value, not: false };
    return new Field(traits);
  }

  /** Is there only where another member, of one byte to four, does not have this value. */
  unless(member: string, value: number): Member<Out, In, R> {
    const traits = copyOf(this);
    traits.condition = { member, value, not: true };
    return new Field(traits);
  }

  /** Stands at this offset, inside bytes that other members cover too. */
  at(offset: number): Member<Out, In, R> {
    const traits = copyOf(this);
    traits.at = offset;
    return new Field(traits);
  }

  /** Not to be used, so zero; what stands there all the same is not lost. */
  reserved(): Member<Out, In, 'derived'> {
    return derived(this, { from: 'zero', reserved: true });
  }

  /** Zero (or empty) unless given; decoding gives it only where it is not. */
  orZero(): Member<Out, In, 'derived'> {
    return derived(this, { from: 'zero' });
  }

  /** Has this value unless another is given. */
  usually(value: Out & In): Member<Out, In, 'derived'> {
    return derived(this, { from: 'value', value });
  }

  /** The length of the whole structure in bytes, but for the first `less`. */
  byteLength(less = 0): Member<Out, In, 'derived'> {
    return derived(this, { from: 'length', less });
  }

  /**
   * Zeros behind the structure's end, which its length does not count, up to a multiple of `to` bytes. Decoding takes
   * none for padding where one of them is not zero, and gives that there are none as an empty byte string.
   */
  paddingTo(to: number): Member<Out, In, 'derived'> {
    return derived(this, { from: 'padding', to });
  }

  /** The length of the whole structure as a mere statement: what is there is read, whatever this says. */
  statedLength(): Member<Out, In, 'derived'> {
    return derived(this, { from: 'size' });
  }

  /** One bit for each `validBy` member that is given. */
  validation(): Member<Out, In, 'derived'> {
    return derived(this, { from: 'validation' });
  }

  /** Makes the first `span` bytes (default: all) of the structure and this one number, u8 or u32, sum up to zero. */
  checksum(span?: number): Member<Out, In, 'derived'> {
    return derived(this, { from: 'checksum', span });
  }

  /** The number of elements of another member, and of more that have as many. */
  countOf(of: string, ...also: readonly string[]): Member<Out, In, 'derived'> {
    return derived(this, { from: 'count', of, also });
  }

  /** The length in bytes of another member. */
  bytesOf(of: string): Member<Out, In, 'derived'> {
    return derived(this, { from: 'bytes', of });
  }

  /** Where another member begins, from the structure's start; 0 where that is empty. */
  offsetOf(of: string): Member<Out, In, 'derived'> {
    return derived(this, { from: 'offset', of });
  }
}

class Field<Out, In, R extends Role> extends Member<Out, In, R> {
  override readonly traits: Readonly<Traits>;

  constructor(traits: Traits) {
    super();
    this.traits = traits;
  }
}

/** Property by property, so that all traits have one shape, with which V8 is quick. */
function copyOf(member: AnyMember): Traits {
  const { traits } = member;
  const { codec, role, text, fallback, constant, since, validBit, moreValidBits, condition } = traits;
  const { at, derivation, names } = traits;
  return {
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
}

function derived<Out, In>(member: Member<Out, In, Role>, derivation: Derivation): Member<Out, In, 'derived'> {
  const traits = copyOf(member);
  traits.role = 'derived';
  traits.derivation = derivation;
  return new Field(traits);
}

/** Turns values of type `In` into bytes, and bytes into values of type `Out` (a subtype of `In`). */
export abstract class Codec<Out, In = Out> extends Member<Out, In, 'required'> {
  /** Name for documentation, e.g. `u32` or `Generic Address Structure`. */
  abstract readonly name: string;
  /** Bytes of the fixed part in its longest form. */
  abstract readonly size: number;

  /** Whether the length depends on the value. */
  get variable(): boolean {
    return false;
  }

  /** Whether it shares its byte with others, bit by bit. */
  get partial(): boolean {
    return false;
  }

  /** Bytes of the fixed part in its shortest form. */
  get minSize(): number {
    return this.size;
  }

  override get traits(): Readonly<Traits> {
    return {
      codec: this,
      role: 'required',
      text: undefined,
      fallback: undefined,
      constant: undefined,
      since: undefined,
      validBit: undefined,
      moreValidBits: undefined,
      condition: undefined,
      at: undefined,
      derivation: undefined,
      names: undefined,
    };
  }

  sizeOf(_value: In): number {
    return this.size;
  }

  /** Bytes that the structure at `offset` takes, where it ends at `end` at the latest. */
  extent(_view: DataView, offset: number, end: number): number {
    if (end - offset < this.size) throw truncated(this.size, end - offset);
    return this.size;
  }

  /** Writes into zeroed bytes; there are `sizeOf(value)` of them at `offset`. Gives that number. */
  abstract write(view: DataView, offset: number, value: In): number;

  /** Reads from `offset` to `end`; the caller has made sure of `minSize` bytes. */
  abstract read(view: DataView, offset: number, end: number, options: DecodeOptions): Out;

  /** Reads members into an object that has some already, such as the `kind` of a variant. */
  readInto(into: object, view: DataView, offset: number, end: number, options: DecodeOptions): Out {
    return Object.assign(into, this.read(view, offset, end, options));
  }

  encode(value: In): Uint8Array {
    const bytes = new Uint8Array(this.sizeOf(value));
    this.write(new DataView(bytes.buffer), 0, value);
    return bytes;
  }

  /** Encodes to `target[offset...]` (VALUE if too small); gives the number of bytes written. */
  encodeInto(target: Uint8Array, offset: number, value: In): number {
    const size = this.sizeOf(value);
    if (!Number.isInteger(offset) || offset < 0 || target.byteLength - offset < size)
      throw new AcpiError('VALUE', `needs ${size} bytes at ${offset}, the target has ${target.byteLength}`);
    target.fill(0, offset, offset + size);
    this.write(new DataView(target.buffer, target.byteOffset + offset, size), 0, value);
    return size;
  }

  /**
   * Decodes what begins at `bytes[0]`. Byte strings in the result are views of `bytes`, not copies.
   * @throws AcpiError for any input that is not such a structure.
   */
  decode(bytes: Uint8Array, options: DecodeOptions = {}): Out {
    if (bytes.byteLength < this.minSize) throw truncated(this.minSize, bytes.byteLength, this.name);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this.read(view, 0, bytes.byteLength, options);
  }
}

export type AnyCodec = Codec<unknown, never>;
export type AnyMember = Member<unknown, never, Role>;

/** What decoding with a codec or structure gives. */
export type Decoded<C extends { readonly out: unknown }> = C['out'];
/** What encoding with a codec or structure takes. */
export type Encodable<C extends { readonly in: (value: never) => void }> = Parameters<C['in']>[0];

/** Zeros between `start` and the next multiple of `to` bytes from there, `length` bytes on; 0 where there is anything else. */
export function paddingBehind(
  view: DataView,
  start: number,
  length: number,
  limit: number,
  to: number,
): number {
  const padding = -length & (to - 1);
  if (start + length + padding > limit) return 0;
  for (let i = 0; i < padding; i++) if (view.getUint8(start + length + i) !== 0) return 0;
  return padding;
}

export function truncated(need: number, have: number, field = ''): AcpiError {
  return new AcpiError('TRUNCATED', `needs ${need} bytes, ${Math.max(have, 0)} are left`, field);
}

function outOfRange(value: unknown, type: string): AcpiError {
  const bits = Number(/^u(\d+)$/.exec(type)?.[1] ?? 0);
  const whole = bits > 32 ? typeof value === 'bigint' : Number.isInteger(value);
  if (bits > 0 && whole) return new AcpiError('VALUE', `${value} is not 0 to ${(1n << BigInt(bits)) - 1n}`);
  const shown = typeof value === 'bigint' ? `${value}n` : typeof value === 'number' ? value : typeof value;
  return new AcpiError('VALUE', `${shown} is no ${type}`);
}

class U8 extends Codec<number> {
  readonly name = 'u8';
  readonly size = 1;

  write(view: DataView, offset: number, value: number): number {
    if ((value & 0xff) !== value) throw outOfRange(value, this.name);
    view.setUint8(offset, value);
    return 1;
  }

  read(view: DataView, offset: number): number {
    return view.getUint8(offset);
  }
}

class U16 extends Codec<number> {
  readonly name = 'u16';
  readonly size = 2;

  write(view: DataView, offset: number, value: number): number {
    if ((value & 0xffff) !== value) throw outOfRange(value, this.name);
    view.setUint16(offset, value, true);
    return 2;
  }

  read(view: DataView, offset: number): number {
    return view.getUint16(offset, true);
  }
}

class U24 extends Codec<number> {
  readonly name = 'u24';
  readonly size = 3;

  write(view: DataView, offset: number, value: number): number {
    if ((value & 0xff_ffff) !== value) throw outOfRange(value, this.name);
    view.setUint16(offset, value & 0xffff, true);
    view.setUint8(offset + 2, value >>> 16);
    return 3;
  }

  read(view: DataView, offset: number): number {
    return view.getUint16(offset, true) | (view.getUint8(offset + 2) << 16);
  }
}

class U32 extends Codec<number> {
  readonly name = 'u32';
  readonly size = 4;

  write(view: DataView, offset: number, value: number): number {
    if (typeof value !== 'number' || value >>> 0 !== value) throw outOfRange(value, this.name);
    view.setUint32(offset, value, true);
    return 4;
  }

  read(view: DataView, offset: number): number {
    return view.getUint32(offset, true);
  }
}

class U64 extends Codec<bigint> {
  readonly name = 'u64';
  readonly size = 8;

  write(view: DataView, offset: number, value: bigint): number {
    // setBigUint64 would wrap silently.
    if (typeof value !== 'bigint' || value < 0n || value > 0xffff_ffff_ffff_ffffn)
      throw outOfRange(value, this.name);
    view.setBigUint64(offset, value, true);
    return 8;
  }

  read(view: DataView, offset: number): bigint {
    return view.getBigUint64(offset, true);
  }
}

export class I16 extends Codec<number> {
  readonly name = 'i16';
  readonly size = 2;

  write(view: DataView, offset: number, value: number): number {
    if (typeof value !== 'number' || (value << 16) >> 16 !== value) throw outOfRange(value, this.name);
    view.setInt16(offset, value, true);
    return 2;
  }

  read(view: DataView, offset: number): number {
    return view.getInt16(offset, true);
  }
}

/** A signed little-endian integer. */
export const i16: Codec<number> = new I16();
/** Unsigned little-endian integers; 64-bit ones are bigint. */
export const u8: Codec<number> = new U8();
export const u16: Codec<number> = new U16();
export const u24: Codec<number> = new U24();
export const u32: Codec<number> = new U32();
export const u64: Codec<bigint> = new U64();

/** Value of a hexadecimal digit by its character code; -1 of anything else. */
function digit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Character codes of `0123456789abcdef`. */
const DIGITS = Uint8Array.from('0123456789abcdef', (each) => each.charCodeAt(0));

const DASH = 0x2d;
const GUID_DASHES = [8, 13, 18, 23];
/** Where in the text the two digits of each byte stand: the first three groups are little endian in memory. */
const GUID_PLACES = [6, 4, 2, 0, 11, 9, 16, 14, 19, 21, 24, 26, 28, 30, 32, 34];
/** The text that is being read, by character codes: made once, as GUIDs are what records have most of. */
const guidCodes: number[] = new Array(36).fill(DASH);

export class Guid extends Codec<string> {
  readonly name = 'guid';
  readonly size = 16;

  write(view: DataView, offset: number, value: string): number {
    let wrong = typeof value !== 'string' || value.length !== 36;
    if (!wrong) for (const at of GUID_DASHES) if (value.charCodeAt(at) !== DASH) wrong = true;
    for (let i = 0; i < 16 && !wrong; i++) {
      const at = GUID_PLACES[i]!;
      const byte = (digit(value.charCodeAt(at)) << 4) | digit(value.charCodeAt(at + 1));
      // A negative digit makes the whole negative.
      if (byte < 0) wrong = true;
      else view.setUint8(offset + i, byte);
    }
    if (wrong) throw new AcpiError('VALUE', 'is no GUID (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx)');
    return 16;
  }

  read(view: DataView, offset: number): string {
    for (let i = 0; i < 16; i++) {
      const byte = view.getUint8(offset + i);
      const at = GUID_PLACES[i]!;
      guidCodes[at] = DIGITS[byte >> 4]!;
      guidCodes[at + 1] = DIGITS[byte & 15]!;
    }
    return String.fromCharCode.apply(null, guidCodes);
  }
}

/** EFI GUID (first three groups little endian), as lower-case text. */
export const guid: Codec<string> = new Guid();
export const ZERO_GUID = '00000000-0000-0000-0000-000000000000';

export class Bytes extends Codec<Uint8Array> {
  readonly name: string;
  readonly size: number;

  constructor(size: number) {
    super();
    this.size = size;
    this.name = `bytes[${size}]`;
  }

  write(view: DataView, offset: number, value: Uint8Array): number {
    return writeBytes(view, offset, value, this.size);
  }

  read(view: DataView, offset: number): Uint8Array {
    return new Uint8Array(view.buffer, view.byteOffset + offset, this.size);
  }
}

function writeBytes(view: DataView, offset: number, value: Uint8Array, size: number): number {
  if (!(value instanceof Uint8Array) || value.byteLength !== size)
    throw new AcpiError('VALUE', `is no Uint8Array of ${size} bytes`);
  new Uint8Array(view.buffer, view.byteOffset + offset, size).set(value);
  return size;
}

/** `size` bytes as they are. */
export function bytes(size: number): Codec<Uint8Array> {
  return new Bytes(size);
}

export class Ascii extends Codec<string> {
  readonly size: number;
  /** The character, as a number, that fills the field up. */
  readonly padding: number;

  constructor(size: number, padding: string) {
    super();
    this.size = size;
    this.padding = padding.charCodeAt(0);
  }

  get name(): string {
    return `ascii[${this.size}]`;
  }

  write(view: DataView, offset: number, value: string): number {
    if (typeof value !== 'string' || value.length > this.size)
      throw new AcpiError('VALUE', `is no text of at most ${this.size} characters`);
    const field = new Uint8Array(view.buffer, view.byteOffset + offset, this.size);
    if (!isWrittenAsAscii(value, field)) {
      for (let i = 0; i < value.length; i++) {
        const code = value.charCodeAt(i);
        if (code > 0xff) throw new AcpiError('VALUE', 'has a character beyond 8 bits');
        field[i] = code;
      }
    }
    field.fill(this.padding, value.length);
    return this.size;
  }

  read(view: DataView, offset: number): string {
    let length = this.size;
    while (length > 0 && view.getUint8(offset + length - 1) === this.padding) length--;
    let text = '';
    for (let i = 0; i < length; i++) text += String.fromCharCode(view.getUint8(offset + i));
    return text;
  }
}

/** Text in a field of `size` bytes, one a character, filled up with `padding`, which decoding takes away. */
export function ascii(size: number, padding: '\0' | ' ' = '\0'): Codec<string> {
  return new Ascii(size, padding);
}

export class FixedArray<Out, In> extends Codec<Out[], readonly In[]> {
  readonly name: string;
  readonly element: Codec<Out, In>;
  readonly count: number;

  constructor(element: Codec<Out, In>, count: number) {
    super();
    this.element = element;
    this.count = count;
    this.name = `${element.name}[${count}]`;
  }

  get size(): number {
    if (this.element.variable) throw new TypeError(`${this.element.name} has no fixed size`);
    return this.element.size * this.count;
  }

  write(view: DataView, offset: number, value: readonly In[]): number {
    if (!Array.isArray(value) || value.length !== this.count)
      throw new AcpiError('VALUE', `is no array of ${this.count}`);
    for (let i = 0; i < value.length; i++)
      this.element.write(view, offset + i * this.element.size, value[i]!);
    return this.size;
  }

  read(view: DataView, offset: number, _end: number, options: DecodeOptions): Out[] {
    const size = this.element.size;
    return Array.from({ length: this.count }, (_, i) =>
      this.element.read(view, offset + i * size, offset + (i + 1) * size, options),
    );
  }
}

/** Exactly `count` elements. */
export function array<Out, In>(element: Codec<Out, In>, count: number): Codec<Out[], readonly In[]> {
  return new FixedArray(element, count);
}

export class Rest extends Codec<Uint8Array> {
  readonly name = 'bytes';
  readonly size = 0;

  override get variable(): boolean {
    return true;
  }

  override sizeOf(value: Uint8Array): number {
    if (!(value instanceof Uint8Array)) throw new AcpiError('VALUE', 'is no Uint8Array');
    return value.byteLength;
  }

  override extent(_view: DataView, offset: number, end: number): number {
    return end - offset;
  }

  write(view: DataView, offset: number, value: Uint8Array): number {
    return writeBytes(view, offset, value, value.byteLength);
  }

  read(view: DataView, offset: number, end: number): Uint8Array {
    return new Uint8Array(view.buffer, view.byteOffset + offset, end - offset);
  }
}

/** All bytes up to the structure's end, or as many as a `bytesOf` member says. */
export const rest: Codec<Uint8Array> = new Rest();

export class Text extends Codec<string> {
  readonly name = 'text';
  readonly size = 0;
  readonly #multiple: number;
  readonly #before: number;

  constructor(multiple: number, before: number) {
    super();
    this.#multiple = multiple;
    this.#before = before;
  }

  override get variable(): boolean {
    return true;
  }

  override sizeOf(value: string): number {
    if (typeof value !== 'string') throw new AcpiError('VALUE', 'is no text');
    return value === '' || value.includes('\0') ? value.length : this.#usualSize(value.length);
  }

  #usualSize(length: number): number {
    const end = this.#before + length + 1;
    return Math.ceil(end / this.#multiple) * this.#multiple - this.#before;
  }

  override extent(_view: DataView, offset: number, end: number): number {
    return end - offset;
  }

  write(view: DataView, offset: number, value: string): number {
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0xff) throw new AcpiError('VALUE', 'has a character beyond 8 bits');
      view.setUint8(offset + i, code);
    }
    return this.sizeOf(value);
  }

  read(view: DataView, offset: number, end: number): string {
    let text = '';
    for (let at = offset; at < end; at++) text += String.fromCharCode(view.getUint8(at));
    if (text === '') return text;
    if (!text.includes('\0')) throw new AcpiError('LENGTH', 'is text without a zero at its end');
    const usual = text.replace(/\0+$/, '');
    const isUsual = usual !== '' && !usual.includes('\0') && this.#usualSize(usual.length) === text.length;
    return isUsual ? usual : text;
  }
}

/**
 * Text, one byte a character, with a zero at its end, and as many more as make its end, counted from `before` bytes
 * ahead of it, a multiple of `multiple`. Text that is given with zeros is taken as it is, and given so where it ends
 * in another way. Empty text has no bytes at all.
 */
export function text(multiple = 1, before = 0): Codec<string> {
  return new Text(multiple, before);
}
