/**
 * Declarative binary layouts: one declaration gives the encoder, the decoder, sizes, offsets, TypeScript types
 * and the text of a reference. Everything is little endian.
 *
 * Decoding loses nothing: reserved fields, counts, lengths and bits that are not as the encoder would make
 * them are part of the decoded value, so that `encode(decode(bytes))` gives the same bytes.
 */

import { readLow, writeWord } from './bits.ts';
import {
  type AnyCodec,
  type AnyMember,
  Codec,
  type DecodeOptions,
  type Derivation,
  type Traits,
  truncated,
  ZERO_GUID,
} from './codec.ts';
import { AcpiError, within } from './errors.ts';

export * from './bits.ts';
export {
  Ascii,
  array,
  ascii,
  Bytes,
  bytes,
  Codec,
  type Decoded,
  type DecodeOptions,
  type Encodable,
  FixedArray,
  Guid,
  guid,
  Member,
  Rest,
  type Role,
  rest,
  u8,
  u16,
  u32,
  u64,
  ZERO_GUID,
} from './codec.ts';

export type Members = Readonly<Record<string, AnyMember>>;
type RoleOf<M> = M extends { readonly role: infer R } ? R : never;
type OutOf<M> = M extends { readonly out: infer T } ? T : never;
type InOf<M> = M extends { readonly in: (value: infer T) => void } ? T : never;
type Keys<F extends Members, R> = { [K in keyof F]: RoleOf<F[K]> extends R ? K : never }[keyof F];
type Flatten<T> = { [K in keyof T]: T[K] };

/** What stands in members whose validation bit is not set, and the length if it is not the usual one. */
type Unvalidated<F extends Members> = [Keys<F, 'validated'>] extends [never]
  ? unknown
  : { unvalidated?: { [K in Keys<F, 'validated'>]?: OutOf<F[K]> }; length?: number };

/** The decoded form of a structure with these members. */
export type StructOut<F extends Members> = Flatten<
  { [K in Keys<F, 'required' | 'defaulted'>]: OutOf<F[K]> } & {
    [K in Keys<F, 'since' | 'validated' | 'derived'>]?: OutOf<F[K]>;
  } & Unvalidated<F>
>;
/** What the encoder of a structure with these members takes. */
export type StructIn<F extends Members> = Flatten<
  { readonly [K in Keys<F, 'required'>]: InOf<F[K]> } & {
    readonly [K in Keys<F, 'defaulted' | 'since' | 'validated' | 'derived'>]?: InOf<F[K]> | undefined;
  } & Unvalidated<F>
>;

/** A member with its place; what documentation and checks are made from. */
export interface FieldInfo extends Traits {
  readonly name: string;
  /** From the structure's start; after a member of variable length, from that member's end. */
  readonly offset: number;
  /** Bytes; 0 for a member of variable length. */
  readonly size: number;
}

export interface StructOptions {
  /** Length that is encoded unless a given member needs more; default the longest. */
  readonly usualLength?: number;
}

type Values = Record<string, unknown>;

/** Runs on decoded and on given values alike: is this what zero bytes decode to? */
function isZero(value: unknown): boolean {
  if (value instanceof Uint8Array || Array.isArray(value)) return value.every(isZero);
  if (value instanceof Date) return false;
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isZero);
  return value === undefined || !value || value === ZERO_GUID;
}

function sum(view: DataView, offset: number, length: number): number {
  let total = 0;
  for (let i = 0; i < length; i++) total += view.getUint8(offset + i);
  return total & 0xff;
}

/** @see struct */
export class Struct<F extends Members> extends Codec<StructOut<F>, StructIn<F>> {
  readonly name: string;
  /** Length of the fixed part in its longest form. */
  readonly size: number;
  override readonly variable: boolean;
  /** Every member in the order of its declaration. */
  readonly fields: readonly FieldInfo[];
  /** Lengths that the fixed part can have, ascending. */
  readonly lengths: readonly number[];
  readonly usualLength: number;

  readonly #fixed: readonly FieldInfo[];
  /** Names of the members that must be given. */
  readonly #required: readonly string[];
  /** Offsets and values of the bytes that are not zero where nothing is given: constants and defaults. */
  readonly #blank: readonly (readonly [number, number])[];
  /** Fixed members that the usual form does not have. */
  readonly #unusual: readonly FieldInfo[];
  readonly #tails: readonly FieldInfo[];
  readonly #byName: ReadonlyMap<string, FieldInfo>;
  readonly #lengthField: FieldInfo | undefined;
  /** Name by which a value asks for a form: the length member's, or `length` where no member is called so. */
  readonly #lengthName: string;
  readonly #validation: FieldInfo | undefined;
  /** For a validated member: others that cover some of its bytes. */
  readonly #overlaps = new Map<FieldInfo, FieldInfo[]>();
  readonly #checksums: readonly (FieldInfo & { derivation: Derivation & { from: 'checksum' } })[];
  /** For a tail's name: the fields that say how many, how long and where it is. */
  readonly #counts = new Map<string, FieldInfo>();
  readonly #byteCounts = new Map<string, FieldInfo>();
  readonly #offsets = new Map<string, FieldInfo>();

  constructor(name: string, members: F, options: StructOptions = {}) {
    super();
    this.name = name;
    let end = 0;
    let variable = false;
    const lengths = new Set<number>();
    this.fields = Object.entries(members).map(([field, member]) => {
      const traits: Traits = member.traits;
      const { codec } = traits;
      variable ||= codec.variable;
      const offset = traits.at ?? end;
      if (traits.since !== undefined && traits.since <= offset)
        throw new TypeError(`${name}.${field}: begins at ${offset}, not within ${traits.since} bytes`);
      if (traits.since !== undefined && !lengths.has(traits.since) && offset >= end) lengths.add(offset);
      end = Math.max(end, offset + (codec.variable ? 0 : codec.size));
      if (traits.since !== undefined) lengths.add(traits.since);
      return { ...traits, name: field, offset, size: codec.variable ? 0 : codec.size };
    });
    const isTail = (field: FieldInfo) => field.codec.variable;
    this.#fixed = this.fields.filter((field) => !isTail(field));
    this.#tails = this.fields.filter(isTail);
    if (this.fields.findIndex(isTail) !== -1 && !this.fields.slice(this.#fixed.length).every(isTail))
      throw new TypeError(`${name}: a member of fixed size after one of variable length`);
    this.size = end;
    this.lengths = [...lengths.add(end)].sort((a, b) => a - b);
    this.variable = variable;
    this.usualLength = options.usualLength ?? end;
    this.#required = this.fields.filter((field) => field.role === 'required').map((field) => field.name);
    const blank = new Uint8Array(end);
    for (const field of this.#fixed) {
      const value =
        field.constant ??
        field.fallback ??
        (field.derivation?.from === 'value' ? field.derivation.value : undefined);
      if (value !== undefined) field.codec.write(new DataView(blank.buffer), field.offset, value as never);
    }
    this.#blank = [...blank.entries()].filter(([, byte]) => byte !== 0);
    this.#unusual = this.#fixed.filter((field) => (field.since ?? 0) > this.usualLength);
    this.#byName = new Map(this.fields.map((field) => [field.name, field]));
    const from = (kind: Derivation['from']) => this.fields.filter((field) => field.derivation?.from === kind);
    const validated = this.#fixed.filter((field) => field.validBit !== undefined && !field.codec.partial);
    for (const a of validated)
      for (const b of validated)
        if (a !== b && a.offset < b.offset + b.size && b.offset < a.offset + a.size)
          this.#overlaps.set(a, [...(this.#overlaps.get(a) ?? []), b]);
    this.#lengthField = from('length')[0];
    this.#lengthName = this.#lengthField?.name ?? (this.#byName.has('length') ? '' : 'length');
    this.#validation = from('validation')[0];
    this.#checksums = from('checksum') as never;
    for (const [kind, map] of [
      ['count', this.#counts],
      ['bytes', this.#byteCounts],
      ['offset', this.#offsets],
    ] as const)
      for (const field of from(kind)) map.set((field.derivation as { of: string }).of, field);
    if (this.lengths.length > 1 && this.#lengthName === '')
      throw new TypeError(`${name}: has several forms, and a member 'length' that is not its length`);
    if (!this.lengths.includes(this.usualLength)) throw new TypeError(`${name}: no form of usualLength`);
  }

  override get minSize(): number {
    return this.lengths[0]!;
  }

  /** A member's offset, size and description by its name. */
  field(name: keyof F & string): FieldInfo {
    return this.#byName.get(name)!;
  }

  /** Length of the fixed part that these values need or ask for. */
  #formOf(values: Values): number {
    const asked = values[this.#lengthName];
    if (asked === undefined) return this.#usualForm(values);
    if (typeof asked !== 'number' || !(asked >= this.minSize))
      throw new AcpiError('VALUE', `is less than ${this.minSize}`, this.#lengthName);
    return this.#longestForm(asked);
  }

  #usualForm(values: Values): number {
    let form = this.usualLength;
    for (const field of this.#unusual)
      if (field.since! > form && values[field.name] !== undefined) form = field.since!;
    return form;
  }

  #longestForm(limit: number): number {
    let form = this.minSize;
    for (const length of this.lengths) if (length <= limit) form = length;
    return form;
  }

  #tailStart(tail: FieldInfo, values: Values, after: number): number {
    const asked = values[this.#offsets.get(tail.name)?.name ?? ''];
    if (asked === undefined || asked === 0) return after;
    if (typeof asked !== 'number' || asked < after)
      throw new AcpiError('VALUE', `stands before ${after}`, this.#offsets.get(tail.name)!.name);
    return asked;
  }

  override sizeOf(value: StructIn<F>): number {
    const values = this.#valuesOf(value);
    let size = this.#formOf(values);
    for (const tail of this.#tails) {
      const content = values[tail.name] ?? tail.fallback;
      if (content === undefined) continue;
      try {
        size = this.#tailStart(tail, values, size) + tail.codec.sizeOf(content as never);
      } catch (error) {
        throw within(tail.name, error);
      }
    }
    return size;
  }

  #valuesOf(value: StructIn<F>): Values {
    if (typeof value !== 'object' || value === null)
      throw new AcpiError('VALUE', `${value === null ? 'null' : typeof value} is no ${this.name}`);
    return value as Values;
  }

  write(view: DataView, offset: number, value: StructIn<F>): number {
    const values = this.#valuesOf(value);
    const form = this.#formOf(values);
    for (const [at, byte] of this.#blank) if (at < form) view.setUint8(offset + at, byte);
    let low = 0;
    let high = 0;
    let required = 0;
    let name = '';
    try {
      // Goes by what is given: most members of most structures are not.
      for (name in values) {
        const content = values[name];
        const field = this.#byName.get(name);
        if (content === undefined || field === undefined) continue;
        if (field.role === 'required') required++;
        if (field.codec.variable) continue;
        if (field.validBit !== undefined) {
          if (field.validBit < 32) low |= 1 << field.validBit;
          else high |= 1 << (field.validBit - 32);
        }
        this.#writeField(view, offset, form, field, content);
      }
      const unvalidated = values.unvalidated as Values | undefined;
      if (unvalidated !== undefined)
        for (name in unvalidated) {
          const field = this.#byName.get(name);
          if (field?.role === 'validated') this.#writeField(view, offset, form, field, unvalidated[name]);
        }
    } catch (error) {
      throw within(name, error);
    }
    if (required !== this.#required.length)
      throw new AcpiError(
        'VALUE',
        'is missing',
        this.#required.find((field) => values[field] === undefined),
      );
    const validation = this.#validation;
    if (validation !== undefined && values[validation.name] === undefined)
      writeWord(view, offset + validation.offset, validation.size, low, high);
    const end = this.#writeTails(view, offset, values, form);
    const length = this.#lengthField;
    if (length !== undefined) length.codec.write(view, offset + length.offset, end as never);
    for (const field of this.#checksums) {
      if (values[field.name] !== undefined) continue;
      const total = sum(view, offset, field.derivation.span ?? end);
      view.setUint8(offset + field.offset, (view.getUint8(offset + field.offset) - total) & 0xff);
    }
    return end;
  }

  #writeField(view: DataView, offset: number, form: number, field: FieldInfo, content: unknown): void {
    if (field.role === 'constant' && content !== field.constant)
      throw new AcpiError('VALUE', `is always ${String(field.constant)}`);
    if (field.offset + field.size <= form) field.codec.write(view, offset + field.offset, content as never);
    else if (!isZero(content)) throw new AcpiError('VALUE', `stands beyond the length ${form}`);
  }

  /** Writes the members of variable length with their counts; gives the structure's length. */
  #writeTails(view: DataView, offset: number, values: Values, form: number): number {
    let end = form;
    for (const tail of this.#tails) {
      const content = values[tail.name] ?? tail.fallback;
      if (content === undefined) continue;
      const start = this.#tailStart(tail, values, end);
      let size: number;
      try {
        size = tail.codec.write(view, offset + start, content as never);
      } catch (error) {
        throw within(tail.name, error);
      }
      end = start + size;
      this.#derived(
        view,
        offset,
        values,
        this.#counts.get(tail.name),
        Array.isArray(content) ? content.length : size,
      );
      this.#derived(view, offset, values, this.#byteCounts.get(tail.name), size);
      this.#derived(view, offset, values, this.#offsets.get(tail.name), size === 0 ? 0 : start);
    }
    return end;
  }

  /** Writes what follows from a tail, unless it was given. */
  #derived(
    view: DataView,
    offset: number,
    values: Values,
    field: FieldInfo | undefined,
    number: number,
  ): void {
    if (field === undefined || values[field.name] !== undefined) return;
    try {
      field.codec.write(view, offset + field.offset, number as never);
    } catch (error) {
      throw within(field.name, error);
    }
  }

  /** The `length` field's value, checked against what is there. */
  override extent(view: DataView, offset: number, end: number): number {
    const have = end - offset;
    if (have < this.minSize) throw truncated(this.minSize, have);
    const field = this.#lengthField;
    if (field === undefined) {
      if (!this.variable) return this.#longestForm(have);
      return this.#tailsEnd(view, offset, end, undefined);
    }
    const length = readLow(view, offset + field.offset, field.size);
    if (length < this.minSize)
      throw new AcpiError(
        'LENGTH',
        `${length} is less than the ${this.minSize} bytes that it must have`,
        field.name,
      );
    if (length > have) throw truncated(length, have);
    return length;
  }

  read(view: DataView, offset: number, limit: number, options: DecodeOptions): StructOut<F> {
    if (limit - offset < this.minSize) throw truncated(this.minSize, limit - offset, this.name);
    const values: Values = {};
    const have = this.#lengthField === undefined ? limit - offset : this.extent(view, offset, limit);
    let fixedEnd = have;
    for (const field of this.#offsets.values()) {
      const start = readLow(view, offset + field.offset, field.size);
      if (start === 0) continue;
      if (start < this.minSize || start > have)
        throw new AcpiError('LENGTH', `${start} is not inside the structure`, field.name);
      fixedEnd = Math.min(fixedEnd, start);
    }
    const form = this.#longestForm(fixedEnd);
    const validation = this.#validation;
    const low = validation === undefined ? 0 : readLow(view, offset + validation.offset, validation.size);
    const high = validation?.size === 8 ? view.getUint32(offset + validation.offset + 4, true) : 0;
    let unvalidated: Values | undefined;
    for (const field of this.#fixed) {
      const position = offset + field.offset;
      if (field.offset + field.size > form) continue;
      let content: unknown;
      try {
        content = field.codec.read(view, position, position + field.size, options);
      } catch (error) {
        throw within(field.name, error);
      }
      switch (field.role) {
        case 'constant':
          if (content !== field.constant)
            throw new AcpiError(
              'MISMATCH',
              `is ${String(content)}, not ${String(field.constant)}`,
              field.name,
            );
          break;
        case 'validated':
          if (((field.validBit! < 32 ? low : high) >>> (field.validBit! & 31)) & 1)
            values[field.name] = content;
          else if (!isZero(content) && !this.#covered(field, low, high, unvalidated)) {
            unvalidated ??= {};
            unvalidated[field.name] = content;
          }
          break;
        case 'derived':
          // The other derived members can be judged only once the tails are known.
          if (field.derivation!.from === 'zero' && !isZero(content)) values[field.name] = content;
          if (field.derivation!.from === 'value' && content !== field.derivation!.value)
            values[field.name] = content;
          break;
        default:
          values[field.name] = content;
      }
    }
    if (unvalidated !== undefined) values.unvalidated = unvalidated;
    const end = this.#tailsEnd(view, offset, offset + have, values, form, options);
    this.#tellDifferences(view, offset, values, form, end, options);
    return values as StructOut<F>;
  }

  /** Are a member's bytes told by another one that is valid, or was told before? */
  #covered(field: FieldInfo, low: number, high: number, told: Values | undefined): boolean {
    for (const other of this.#overlaps.get(field) ?? []) {
      if (((other.validBit! < 32 ? low : high) >>> (other.validBit! & 31)) & 1) return true;
      if (told?.[other.name] !== undefined) return true;
    }
    return false;
  }

  /** Measures the members of variable length and, given `values`, reads them; gives where they end. */
  #tailsEnd(
    view: DataView,
    offset: number,
    end: number,
    values: Values | undefined,
    form = this.size,
    options: DecodeOptions = {},
  ): number {
    let start = offset + form;
    this.#tails.forEach((tail, index) => {
      const offsetField = this.#offsets.get(tail.name);
      const asked =
        offsetField === undefined ? 0 : readLow(view, offset + offsetField.offset, offsetField.size);
      if (asked !== 0) {
        if (offset + asked < start || offset + asked > end)
          throw new AcpiError('LENGTH', `${asked} is not inside the structure`, offsetField!.name);
        start = offset + asked;
      }
      let limit = end;
      const bytesField = this.#byteCounts.get(tail.name);
      if (bytesField !== undefined) {
        const size = readLow(view, offset + bytesField.offset, bytesField.size);
        if (start + size > end) throw truncated(size, end - start, tail.name);
        limit = start + size;
      }
      const countField = this.#counts.get(tail.name);
      try {
        // The last list takes what is there; what its count says is told apart. Others end by count.
        if (countField !== undefined && bytesField === undefined && index < this.#tails.length - 1) {
          const count = readLow(view, offset + countField.offset, countField.size);
          limit = start + (tail.codec as unknown as Counted).extentOf(view, start, end, count);
        }
        if (values !== undefined) values[tail.name] = tail.codec.read(view, start, limit, options);
      } catch (error) {
        throw within(tail.name, error);
      }
      if (tail.role === 'derived' && limit === start) delete values?.[tail.name];
      start = limit;
    });
    return start;
  }

  /** Gives derived members that are not what the encoder would make them. */
  #tellDifferences(
    view: DataView,
    offset: number,
    values: Values,
    form: number,
    end: number,
    options: DecodeOptions,
  ): void {
    for (const field of this.fields) {
      const derivation = field.derivation;
      if (derivation === undefined || field.offset + field.size > form) continue;
      const found = field.codec.read(
        view,
        offset + field.offset,
        offset + field.offset + field.size,
        options,
      );
      switch (derivation.from) {
        case 'zero':
        case 'value':
          break;
        case 'length':
          // The fixed part's length: the tails' comes from what they hold.
          if (form !== this.#usualForm(values)) values[field.name] = form;
          break;
        case 'validation': {
          if (BigInt(found as number | bigint) !== this.#validationOf(values)) values[field.name] = found;
          break;
        }
        case 'checksum': {
          const span = derivation.span ?? end - offset;
          if (sum(view, offset, span) === 0) break;
          if (options.checksum !== 'keep')
            throw new AcpiError('CHECKSUM', `the first ${span} bytes do not sum up to zero`, field.name);
          values[field.name] = found;
          break;
        }
        default: {
          const expected = this.#derive(derivation.from, derivation.of, values, form);
          if (found !== expected) values[field.name] = found;
        }
      }
    }
    if (this.#lengthField === undefined && form !== this.#usualForm(values)) values[this.#lengthName] = form;
  }

  #validationOf(values: Values): bigint {
    let mask = 0n;
    for (const field of this.#fixed)
      if (field.validBit !== undefined && values[field.name] !== undefined)
        mask |= 1n << BigInt(field.validBit);
    return mask;
  }

  #derive(from: 'count' | 'bytes' | 'offset', of: string, values: Values, form: number): number {
    let end = form;
    for (const tail of this.#tails) {
      const content = values[tail.name];
      const size = content === undefined ? 0 : tail.codec.sizeOf(content as never);
      if (tail.name === of) {
        if (from === 'offset') return size === 0 ? 0 : end;
        return from === 'count' && Array.isArray(content) ? content.length : size;
      }
      end += size;
    }
    return 0;
  }
}

/** A tail whose length follows from a number of elements. */
interface Counted {
  extentOf(view: DataView, offset: number, end: number, count: number): number;
}

/**
 * A structure with these members, in this order, without padding. Members of variable length ({@link list},
 * `rest`) stand last.
 *
 * @example
 * const Point = struct('Point', { x: u16, y: u16.default(0), reserved: u32.reserved() });
 * Point.encode({ x: 1 }); // 01 00 00 00 00 00 00 00
 */
export function struct<const F extends Members>(
  name: string,
  members: F,
  options?: StructOptions,
): Struct<F> {
  return new Struct(name, members, options);
}

export class List<Out, In> extends Codec<Out[], readonly In[]> implements Counted {
  readonly name: string;
  readonly size = 0;
  override readonly variable = true;
  readonly element: Codec<Out, In>;

  constructor(element: Codec<Out, In>) {
    super();
    this.element = element;
    this.name = `${element.name}[]`;
  }

  override sizeOf(value: readonly In[]): number {
    if (!Array.isArray(value)) throw new AcpiError('VALUE', 'is no array');
    let size = 0;
    for (let i = 0; i < value.length; i++) {
      try {
        size += this.element.sizeOf(value[i]!);
      } catch (error) {
        throw within(`[${i}]`, error);
      }
    }
    return size;
  }

  write(view: DataView, offset: number, value: readonly In[]): number {
    let position = offset;
    for (let i = 0; i < value.length; i++) {
      try {
        position += this.element.write(view, position, value[i]!);
      } catch (error) {
        throw within(`[${i}]`, error);
      }
    }
    return position - offset;
  }

  /** Bytes of `count` elements. */
  extentOf(view: DataView, offset: number, end: number, count: number): number {
    let position = offset;
    for (let i = 0; i < count; i++) position += this.#step(view, position, end, i);
    return position - offset;
  }

  #step(view: DataView, position: number, end: number, index: number): number {
    let size: number;
    try {
      size = this.element.extent(view, position, end);
    } catch (error) {
      throw within(`[${index}]`, error);
    }
    // An element of no bytes would never let the list end.
    if (size <= 0 || position + size > end) throw truncated(size, end - position, `[${index}]`);
    return size;
  }

  override extent(view: DataView, offset: number, end: number): number {
    let position = offset;
    for (let i = 0; position < end; i++) position += this.#step(view, position, end, i);
    return position - offset;
  }

  read(view: DataView, offset: number, end: number, options: DecodeOptions): Out[] {
    const values: Out[] = [];
    let position = offset;
    while (position < end) {
      const size = this.#step(view, position, end, values.length);
      try {
        values.push(this.element.read(view, position, position + size, options));
      } catch (error) {
        throw within(`[${values.length}]`, error);
      }
      position += size;
    }
    return values;
  }
}

/** Elements up to the structure's end, or as many as its `countOf` or `bytesOf` member says. */
export function list<Out, In>(element: Codec<Out, In>): Codec<Out[], readonly In[]> {
  return new List(element);
}

type Variants = Readonly<Record<string, AnyStruct>>;

/** A structure that no variant stands for, byte by byte. */
export interface Unknown {
  kind: 'unknown';
  data: Uint8Array;
}

export type UnionOut<V extends Variants> =
  | { [K in keyof V]: Flatten<{ kind: K } & V[K]['out']> }[keyof V]
  | Unknown;
export type UnionIn<V extends Variants> =
  | { [K in keyof V]: Flatten<{ readonly kind: K } & InOf<V[K]>> }[keyof V]
  | Readonly<Unknown>;

export interface UnionOptions {
  /** Bytes of the tag, at offset 0; each variant's first member is the tag as a constant. */
  readonly tag: 1 | 2;
  /** Where each variant, known or not, has its length; without, an unknown variant takes all that is left. */
  readonly length?: { readonly at: number; readonly size: 1 | 2 | 4 };
}

/** @see union */
export class Union<V extends Variants> extends Codec<UnionOut<V>, UnionIn<V>> {
  readonly name: string;
  readonly size = 0;
  override readonly variable = true;
  readonly variants: V;
  readonly options: UnionOptions;
  readonly #byTag = new Map<number, readonly [string, AnyStruct]>();

  constructor(name: string, options: UnionOptions, variants: V) {
    super();
    this.name = name;
    this.variants = variants;
    this.options = options;
    for (const [kind, variant] of Object.entries(variants) as [string, AnyStruct][])
      this.#byTag.set(variant.fields[0]!.constant as number, [kind, variant]);
  }

  override get minSize(): number {
    const { tag, length } = this.options;
    return length === undefined ? tag : Math.max(tag, length.at + length.size);
  }

  #variantOf(value: UnionIn<V>): AnyCodec | undefined {
    const kind = (value as { kind?: unknown } | null)?.kind;
    if (kind === 'unknown') return undefined;
    if (typeof kind !== 'string' || !Object.hasOwn(this.variants, kind))
      throw new AcpiError('VALUE', `is none of ${Object.keys(this.variants).join(', ')}, unknown`, 'kind');
    return this.variants[kind] as AnyCodec;
  }

  override sizeOf(value: UnionIn<V>): number {
    const variant = this.#variantOf(value);
    if (variant !== undefined) return variant.sizeOf(value as never);
    const { data } = value as Unknown;
    if (!(data instanceof Uint8Array) || data.byteLength === 0)
      throw new AcpiError('VALUE', 'is no Uint8Array with content', 'data');
    return data.byteLength;
  }

  write(view: DataView, offset: number, value: UnionIn<V>): number {
    const variant = this.#variantOf(value);
    if (variant !== undefined) return variant.write(view, offset, value as never);
    const { data } = value as Unknown;
    new Uint8Array(view.buffer, view.byteOffset + offset, data.byteLength).set(data);
    return data.byteLength;
  }

  #lookUp(view: DataView, offset: number): readonly [string, AnyStruct] | undefined {
    return this.#byTag.get(readLow(view, offset, this.options.tag));
  }

  override extent(view: DataView, offset: number, end: number): number {
    const have = end - offset;
    if (have < this.minSize) throw truncated(this.minSize, have);
    const { length } = this.options;
    if (length === undefined) {
      const variant = this.#lookUp(view, offset)?.[1];
      return variant === undefined ? have : variant.extent(view, offset, end);
    }
    const size = readLow(view, offset + length.at, length.size);
    if (size < this.minSize)
      throw new AcpiError(
        'LENGTH',
        `${size} is less than the ${this.minSize} bytes that it must have`,
        'length',
      );
    if (size > have) throw truncated(size, have);
    return size;
  }

  read(view: DataView, offset: number, end: number, options: DecodeOptions): UnionOut<V> {
    const found = this.#lookUp(view, offset);
    const size = end - offset;
    // A length that this revision does not know is kept whole rather than read in part.
    const fits =
      found !== undefined &&
      size >= found[1].minSize &&
      (found[1].variable || found[1].lengths.includes(size));
    if (!fits)
      return { kind: 'unknown', data: new Uint8Array(view.buffer, view.byteOffset + offset, size) } as never;
    return { kind: found[0], ...(found[1].read(view, offset, end, options) as object) } as never;
  }
}

type AnyStruct = Codec<unknown, never> & {
  readonly fields: readonly FieldInfo[];
  readonly lengths: readonly number[];
};

/** Structures told apart by a tag; the decoded value's `kind` is the variant's name here. */
export function union<const V extends Variants>(name: string, options: UnionOptions, variants: V): Union<V> {
  return new Union(name, options, variants);
}
