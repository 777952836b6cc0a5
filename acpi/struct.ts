/**
 * Declarative binary layouts: one declaration gives the encoder, the decoder, sizes, offsets, TypeScript types
 * and the text of a reference. Everything is little endian.
 *
 * Decoding loses nothing: reserved fields, counts, lengths and bits that are not as the encoder would make
 * them are part of the decoded value, so that `encode(decode(bytes))` gives the same bytes.
 */

import { readLow, writeWord } from './bits.ts';
import { Codec, type DecodeOptions, paddingBehind, rest, truncated, ZERO_GUID } from './codec.ts';
import { AcpiError, within } from './errors.ts';
import { type FieldInfo, type Layout, layOut, type Members, type Step, type Tail } from './layout.ts';
import { type Counted, List } from './list.ts';

export * from './bits.ts';
export {
  Ascii,
  array,
  ascii,
  Bytes,
  bytes,
  Codec,
  type Condition,
  type Decoded,
  type DecodeOptions,
  type Encodable,
  FixedArray,
  Guid,
  guid,
  I16,
  i16,
  Member,
  type Names,
  Rest,
  type Role,
  rest,
  Text,
  text,
  u8,
  u16,
  u24,
  u32,
  u64,
  ZERO_GUID,
} from './codec.ts';
export type { FieldInfo, Members } from './layout.ts';
export * from './list.ts';
export * from './union.ts';

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

export interface StructOptions {
  /** Length that is encoded unless a given member needs more; default the longest. */
  readonly usualLength?: number;
  /** What the structure is called in full, where its name is short: `Multiple APIC Description Table`. */
  readonly title?: string;
  /** Specification and section that define the structure, e.g. `ACPI 6.5, 5.2.12.14`. */
  readonly source?: string;
}

type Values = Record<string, unknown>;

/** Whether a field's bytes, or its bits of them, are what is written where nothing is given. */
function isZeroAt(view: DataView, offset: number, { codec, partial, offset: from, end }: Step): boolean {
  if (partial) return isZero(codec.read(view, offset + from, offset + end, {}));
  return areZero(view, offset + from, offset + end);
}

function areZero(view: DataView, from: number, to: number): boolean {
  let at = from;
  for (; at + 4 <= to; at += 4) if (view.getUint32(at) !== 0) return false;
  for (; at < to; at++) if (view.getUint8(at) !== 0) return false;
  return true;
}

/** Is this what zero bytes decode to? */
function isZero(value: unknown): boolean {
  if (value instanceof Uint8Array || Array.isArray(value)) return value.every(isZero);
  if (value instanceof Date) return false;
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isZero);
  return value === undefined || !value || value === ZERO_GUID;
}

/** What a checksum must be, of one byte or four, so that it and the other bytes sum up to zero. */
function checksumOf(view: DataView, offset: number, length: number, field: FieldInfo): number {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, length);
  let total = 0;
  for (const byte of bytes) total += byte;
  for (let i = 0; i < field.size; i++) total -= bytes[field.offset + i]!;
  return field.size === 1 ? -total & 0xff : -total >>> 0;
}

/** The field, where a form of this length has it. */
function inForm(field: FieldInfo | undefined, form: number): FieldInfo | undefined {
  return field !== undefined && field.offset + field.size <= form ? field : undefined;
}

/** Does this form lack the member that tells where a tail stands, or how long it is? */
function isToldBeyond({ start, count, bytes }: Tail, form: number): boolean {
  const telling = start ?? bytes ?? count;
  return telling !== undefined && inForm(telling, form) === undefined;
}

/** Tails as they follow one another, given where each begins (0 or undefined: behind the one declared before). */
function inOrder(tails: readonly Tail[], startOf: (tail: Tail) => number | undefined): readonly Tail[] {
  let key = 0;
  return tails
    .map((tail) => {
      key = startOf(tail) || key;
      return { tail, key };
    })
    .sort((a, b) => a.key - b.key)
    .map(({ tail }) => tail);
}

/** Whether a member's validation bits, if it has any, are all set. */
function isValid({ validLow, validHigh }: Step, low: number, high: number): boolean {
  return (low & validLow) === validLow && (high & validHigh) === validHigh;
}

/** What a member of variable length has, marked valid or not. */
function tailOf(values: Values, { name, fallback }: FieldInfo): unknown {
  return values[name] ?? (values.unvalidated as Values | undefined)?.[name] ?? fallback;
}

/** The number that a field holds, which may be a few bits of its bytes. */
function numberAt(view: DataView, offset: number, { offset: at, size, codec }: FieldInfo): number {
  return codec.partial
    ? Number(codec.read(view, offset + at, offset + at + size, {}))
    : readLow(view, offset + at, size);
}

/** A number as a field of 8 bytes takes it, or a smaller one. */
function numberFor({ size, codec }: FieldInfo, number: number): number | bigint {
  return size === 8 && !codec.partial ? BigInt(number) : number;
}

/** Bytes that a length does not count. */
function uncounted({ derivation }: FieldInfo): number {
  return derivation?.from === 'length' ? (derivation.less ?? 0) : 0;
}

/** Bytes that a checksum covers; undefined for all. */
function spanOf({ derivation }: FieldInfo): number | undefined {
  return derivation?.from === 'checksum' ? derivation.span : undefined;
}

/** What reading members of variable length goes by and finds out. */
interface Tails {
  readonly values: Values;
  readonly options: DecodeOptions;
  readonly low: number;
  readonly high: number;
  /** Validation bits of the members that were given. */
  givenLow: number;
  givenHigh: number;
  /** Bytes of each, in the order of declaration. */
  readonly sizes: number[];
}

type Visit = (field: FieldInfo, start: number, end: number) => void;

/** @see struct */
export class Struct<F extends Members> extends Codec<StructOut<F>, StructIn<F>> {
  readonly name: string;
  readonly #members: Members;
  readonly #options: StructOptions;
  readonly #hidden: readonly string[];
  #layout: Layout | undefined;

  constructor(name: string, members: F, options: StructOptions = {}, hidden: readonly string[] = []) {
    super();
    this.name = name;
    this.#members = members;
    this.#options = options;
    this.#hidden = hidden;
  }

  /**
   * The same layout, where values do not have these members (nor `length`, where that is among them): who reads and
   * writes the structure as part of something larger knows them anyway. Encoding leaves them as where nothing is given.
   */
  without<K extends (keyof F & string) | 'length'>(...hidden: readonly K[]): Struct<Omit<F, K>> {
    return new Struct(this.name, this.#members as unknown as Omit<F, K>, this.#options, hidden);
  }

  /** Most programs use a few of the structures that there are, and declarations cost a start as good as nothing. */
  get layout(): Layout {
    this.#layout ??= layOut(this.name, this.#members, this.#options.usualLength, this.#hidden);
    return this.#layout;
  }

  /** The name in full. */
  get title(): string {
    return this.#options.title ?? this.name;
  }

  /** Specification and section that define the structure; '' where that is said elsewhere. */
  get source(): string {
    return this.#options.source ?? '';
  }

  /** Every member in the order of its declaration. */
  get fields(): readonly FieldInfo[] {
    return this.layout.fields;
  }

  /** Length of the fixed part in its longest form. */
  get size(): number {
    return this.layout.size;
  }

  /** Lengths that the fixed part can have, ascending. */
  get lengths(): readonly number[] {
    return this.layout.lengths;
  }

  get usualLength(): number {
    return this.layout.usualLength;
  }

  override get variable(): boolean {
    return this.layout.tails.length > 0 || this.layout.padding !== undefined;
  }

  override get minSize(): number {
    return this.layout.lengths[0]!;
  }

  /** A member's offset, size and description by its name. */
  field(name: keyof F & string): FieldInfo {
    return this.layout.byName.get(name)!;
  }

  /** Length of the fixed part that these values need or ask for. */
  #formOf(values: Values): number {
    const { length, lengthName } = this.layout;
    const asked = values[lengthName];
    if (asked === undefined) return this.#usualForm(values);
    const less = length === undefined ? 0 : uncounted(length);
    if (typeof asked !== 'number' || !(asked + less >= this.minSize))
      throw new AcpiError('VALUE', `is less than ${this.minSize - less}`, lengthName);
    return this.#longestForm(asked + less);
  }

  #usualForm(values: Values): number {
    let form = this.layout.usualLength;
    for (const field of this.layout.unusual)
      if (field.since! > form && values[field.name] !== undefined) form = field.since!;
    for (const { name, since } of this.layout.late)
      if (since > form && (values[name] as { length?: number } | undefined)?.length) form = since;
    return form;
  }

  #longestForm(limit: number): number {
    const { lengths } = this.layout;
    let form = lengths[0]!;
    for (let i = 1; i < lengths.length && lengths[i]! <= limit; i++) form = lengths[i]!;
    return form;
  }

  #tailStart({ start }: Tail, values: Values, after: number): number {
    const asked = start === undefined ? undefined : values[start.name];
    if (asked === undefined || asked === 0) return after;
    if (typeof asked !== 'number' || asked < after)
      throw new AcpiError('VALUE', `stands before ${after}`, start!.name);
    return asked;
  }

  /** Members of variable length as these values have them follow one another. */
  #tailsOf(values: Values): readonly Tail[] {
    const { tails, movable } = this.layout;
    return movable ? inOrder(tails, ({ start }) => start && (values[start.name] as number)) : tails;
  }

  override sizeOf(value: StructIn<F>): number {
    const values = this.#valuesOf(value);
    let size = this.#formOf(values);
    for (const tail of this.#tailsOf(values)) {
      const { name, codec } = tail.field;
      const content = tailOf(values, tail.field);
      if (content === undefined) continue;
      try {
        const own = codec.sizeOf(content as never);
        if (own > 0) size = this.#tailStart(tail, values, size) + own;
      } catch (error) {
        throw within(name, error);
      }
    }
    return size + this.#paddingOf(values, size);
  }

  #valuesOf(value: StructIn<F>): Values {
    if (typeof value !== 'object' || value === null)
      throw new AcpiError('VALUE', `${value === null ? 'null' : typeof value} is no ${this.name}`);
    return value as Values;
  }

  write(view: DataView, offset: number, value: StructIn<F>): number {
    const values = this.#valuesOf(value);
    const form = this.#formOf(values);
    const { initial, steps, required, validation, length, stated, checksums } = this.layout;
    for (const { field, value } of initial)
      if (values[field.name] === undefined && field.offset + field.size <= form)
        field.codec.write(view, offset + field.offset, value as never);
    let low = 0;
    let high = 0;
    let found = 0;
    let name = '';
    try {
      // Goes by what is given: most members of most structures are not.
      for (name in values) {
        const content = values[name];
        if (content === undefined) continue;
        const step = steps.get(name);
        if (step === undefined) continue;
        if (step.field.role === 'required') found++;
        low |= step.validLow;
        high |= step.validHigh;
        if (!step.variable) this.#writeField(view, offset, form, step, content);
      }
      const unvalidated = values.unvalidated as Values | undefined;
      if (unvalidated !== undefined)
        for (name in unvalidated) {
          const step = steps.get(name);
          if (step?.action === 'validated' && !step.variable)
            this.#writeField(view, offset, form, step, unvalidated[name]);
        }
    } catch (error) {
      throw within(name, error);
    }
    if (found !== required.length)
      throw new AcpiError(
        'VALUE',
        'is missing',
        required.find(({ name }) => values[name] === undefined)?.name,
      );
    if (validation !== undefined && values[validation.name] === undefined)
      if (validation.codec.partial) validation.codec.write(view, offset + validation.offset, low as never);
      else writeWord(view, offset + validation.offset, validation.size, low, high);
    this.#checkConditions(view, offset, values);
    const end = this.#writeTails(view, offset, values, form);
    if (stated !== undefined && values[stated.name] === undefined)
      stated.codec.write(view, offset + stated.offset, end as never);
    if (length !== undefined)
      length.codec.write(view, offset + length.offset, (end - uncounted(length)) as never);
    for (const field of checksums) {
      if (values[field.name] !== undefined) continue;
      const checksum = checksumOf(view, offset, spanOf(field) ?? end, field);
      field.codec.write(view, offset + field.offset, checksum as never);
    }
    const padding = this.#paddingOf(values, end);
    const given = values[this.layout.padding?.name ?? ''];
    if (given !== undefined) rest.write(view, offset + end, given as Uint8Array);
    return end + padding;
  }

  /** Members that are given must be those that are there. */
  #checkConditions(view: DataView, offset: number, values: Values): void {
    for (const field of this.layout.conditional) {
      const given = values[field.name] ?? (values.unvalidated as Values | undefined)?.[field.name];
      if (given === undefined || this.#isThere(view, offset, field)) continue;
      const { member, value, not } = field.condition!;
      throw new AcpiError(
        'VALUE',
        `is there only where ${member} is ${not ? 'not ' : ''}${value}`,
        field.name,
      );
    }
  }

  /** Whether the member's condition, if it has one, holds in these bytes. */
  #isThere(view: DataView, offset: number, { condition }: FieldInfo): boolean {
    if (condition === undefined) return true;
    const other = this.layout.byName.get(condition.member)!;
    return (numberAt(view, offset, other) === condition.value) !== condition.not;
  }

  #writeField(view: DataView, offset: number, form: number, step: Step, content: unknown): void {
    if (step.action === 'constant' && content !== step.value)
      throw new AcpiError('VALUE', `is always ${String(step.value)}`);
    if (step.end <= form) step.codec.write(view, offset + step.offset, content as never);
    else if (!isZero(content)) throw new AcpiError('VALUE', `stands beyond the length ${form}`);
  }

  /** Writes the members of variable length with their counts; gives the structure's length. */
  #writeTails(view: DataView, offset: number, values: Values, form: number): number {
    let end = form;
    for (const tail of this.#tailsOf(values)) {
      const { name, codec } = tail.field;
      const content = tailOf(values, tail.field);
      if (content === undefined) continue;
      let start = end;
      let size: number;
      try {
        // Where something empty begins says nothing.
        if (tail.start !== undefined && codec.sizeOf(content as never) > 0)
          start = this.#tailStart(tail, values, end);
        size = codec.write(view, offset + start, content as never);
      } catch (error) {
        throw within(name, error);
      }
      end = start + size;
      const count = Array.isArray(content) ? content.length : size;
      if (isFirstCounted(tail)) this.#derived(view, offset, form, values, tail.count, count);
      else this.#checkCount(values, tail, count);
      this.#derived(view, offset, form, values, tail.bytes, size);
      this.#derived(view, offset, form, values, tail.start, size === 0 ? 0 : start);
    }
    return end;
  }

  /** Has a list as many elements as the one whose count it shares? */
  #checkCount(values: Values, { field, count }: Tail, found: number): void {
    const { of } = count!.derivation as { of: string };
    const { length } = (values[of] ?? []) as readonly unknown[];
    if (length !== found && values[count!.name] === undefined)
      throw new AcpiError('VALUE', `has ${found} elements, ${of} ${length}`, field.name);
  }

  /** Writes what follows from a tail, unless it was given. */
  #derived(
    view: DataView,
    offset: number,
    form: number,
    values: Values,
    field: FieldInfo | undefined,
    number: number,
  ): void {
    if (field === undefined || values[field.name] !== undefined) return;
    try {
      const content = numberFor(field, number);
      if (inForm(field, form)) field.codec.write(view, offset + field.offset, content as never);
      else if (number !== 0) throw new AcpiError('VALUE', `stands beyond the length ${form}`);
    } catch (error) {
      throw within(field.name, error);
    }
  }

  /** Bytes that the structure takes, by its length or its members. */
  override extent(view: DataView, offset: number, end: number): number {
    const have = end - offset;
    if (have < this.minSize) throw truncated(this.minSize, have);
    const field = this.layout.length;
    if (field === undefined) {
      if (!this.variable) return this.#longestForm(have);
      return this.#tailsEnd(view, offset, end, this.layout.size, undefined) - offset;
    }
    const length = this.#lengthIn(view, offset, end);
    return length + this.#paddingIn(view, offset, length, end);
  }

  /** The `length` field's value, checked against what is there. */
  #lengthIn(view: DataView, offset: number, end: number): number {
    const field = this.layout.length!;
    const length = readLow(view, offset + field.offset, field.size) + uncounted(field);
    if (length < this.minSize)
      throw new AcpiError(
        'LENGTH',
        `${length} is less than the ${this.minSize} bytes that it must have`,
        field.name,
      );
    if (length > end - offset) throw truncated(length, end - offset);
    return length;
  }

  /** Bytes of padding behind a structure of this length. */
  #paddingIn(view: DataView, offset: number, length: number, end: number): number {
    const derivation = this.layout.padding?.derivation;
    return derivation?.from === 'padding' ? paddingBehind(view, offset, length, end, derivation.to) : 0;
  }

  /** Bytes of padding that these values get. */
  #paddingOf(values: Values, length: number): number {
    const field = this.layout.padding;
    if (field?.derivation?.from !== 'padding') return 0;
    const given = values[field.name];
    return given === undefined ? -length & (field.derivation.to - 1) : rest.sizeOf(given as Uint8Array);
  }

  /** Bytes that the structure takes, and the length of its fixed part. */
  #formIn(view: DataView, offset: number, limit: number): { have: number; form: number } {
    const have = this.layout.length === undefined ? limit - offset : this.#lengthIn(view, offset, limit);
    let fixedEnd = have;
    for (const tail of this.layout.tails) {
      const start = this.#foundStart(view, offset, have, tail);
      if (start === 0) continue;
      if (start < this.minSize || start > have)
        throw new AcpiError('LENGTH', `${start} is not inside the structure`, tail.start!.name);
      fixedEnd = Math.min(fixedEnd, start);
    }
    const form = this.#longestForm(fixedEnd);
    if (this.layout.length !== undefined && !this.variable && form !== have)
      throw new AcpiError('LENGTH', `${have} is none of ${this.lengths.join(', ')}`, this.layout.length.name);
    return { have, form };
  }

  /**
   * Where each member stands in these bytes, reserved and derived ones too, in the order of declaration; those that a
   * shorter form lacks are left out.
   */
  places(view: DataView, offset: number, limit: number): Place[] {
    if (limit - offset < this.minSize) throw truncated(this.minSize, limit - offset, this.name);
    const { have, form } = this.#formIn(view, offset, limit);
    const places: Place[] = [];
    for (const field of this.layout.fixed) {
      const start = offset + field.offset;
      if (field.offset + field.size <= form && this.#isThere(view, offset, field))
        places.push({ field, start, end: start + field.size });
    }
    const visit: Visit = (field, start, end) => places.push({ field, start, end });
    this.#tailsEnd(view, offset, offset + have, form, undefined, visit);
    return places;
  }

  read(view: DataView, offset: number, limit: number, options: DecodeOptions): StructOut<F> {
    return this.readInto({}, view, offset, limit, options);
  }

  override readInto(
    into: object,
    view: DataView,
    offset: number,
    limit: number,
    options: DecodeOptions,
  ): StructOut<F> {
    const { lengths, length, tails, reads, validation, padding } = this.layout;
    if (limit - offset < lengths[0]!) throw truncated(lengths[0]!, limit - offset, this.name);
    const values = into as Values;
    const { have, form } = this.#formIn(view, offset, limit);
    const low = validation === undefined ? 0 : numberAt(view, offset, validation);
    const isWide = validation?.size === 8 && !validation.codec.partial;
    const high = isWide ? view.getUint32(offset + validation.offset + 4, true) : 0;
    let givenLow = 0;
    let givenHigh = 0;
    let unvalidated: Values | undefined;
    let step: Step | undefined;
    try {
      for (step of reads) {
        const { name, codec, end, action } = step;
        if (end > form || (step.other !== undefined && !this.#isThere(view, offset, step.field))) continue;
        // The other derived members can be judged only once the tails are known.
        if (action === 'later') continue;
        if (action === 'zero' && isZeroAt(view, offset, step)) continue;
        const valid = action !== 'validated' || isValid(step, low, high);
        if (!valid && isZeroAt(view, offset, step)) continue;
        const content = codec.read(view, offset + step.offset, offset + end, options);
        if (action === 'constant') {
          if (content !== step.value)
            throw new AcpiError('MISMATCH', `is ${String(content)}, not ${String(step.value)}`);
        } else if (action === 'value' && content === step.value) {
          // As the encoder makes it.
        } else if (valid) {
          values[name] = content;
          givenLow |= step.validLow;
          givenHigh |= step.validHigh;
        } else if (!this.#covered(step, low, high, unvalidated)) {
          unvalidated ??= {};
          unvalidated[name] = content;
        }
      }
    } catch (error) {
      throw within(step!.name, error);
    }
    if (unvalidated !== undefined) values.unvalidated = unvalidated;
    const found: Tails = { values, options, low, high, givenLow, givenHigh, sizes: [] };
    const end = tails.length === 0 ? offset + form : this.#tailsEnd(view, offset, offset + have, form, found);
    const more = offset + have - end;
    if (length !== undefined && more > 0)
      throw new AcpiError('LENGTH', `${have} is ${more} more than the members take`, length.name);
    if (padding !== undefined && this.#paddingIn(view, offset, have, limit) !== this.#paddingOf(values, have))
      values[padding.name] = new Uint8Array(0);
    this.#tellDifferences(view, offset, form, end, found);
    return values as StructOut<F>;
  }

  #readTail(view: DataView, index: number, start: number, end: number, found: Tails): void {
    const { name, codec, action, validLow, validHigh } = this.layout.tailSteps[index]!;
    const { values, options } = found;
    found.sizes[index] = end - start;
    if (action === 'validated' && !isValid(this.layout.tailSteps[index]!, found.low, found.high)) {
      if (end === start) return;
      values.unvalidated ??= {};
      (values.unvalidated as Values)[name] = codec.read(view, start, end, options);
      return;
    }
    const content = codec.read(view, start, end, options);
    if (end === start && (action === 'zero' || action === 'value' || action === 'later')) return;
    values[name] = content;
    found.givenLow |= validLow;
    found.givenHigh |= validHigh;
  }

  /** Are a member's bytes told by another one that is valid, or was told before? */
  #covered(step: Step, low: number, high: number, told: Values | undefined): boolean {
    if (step.partial) return false;
    for (const other of this.layout.reads) {
      if (other === step || other.field.validBit === undefined || other.partial) continue;
      if (other.end <= step.offset || step.end <= other.offset) continue;
      if (isValid(other, low, high)) return true;
      if (told?.[other.name] !== undefined) return true;
    }
    return false;
  }

  /** Where a tail says that it begins; 0 where it does not, or where it says that it is empty. */
  #foundStart(view: DataView, offset: number, form: number, { start, count, bytes }: Tail): number {
    const field = inForm(start, form);
    if (field === undefined) return 0;
    const size = inForm(bytes ?? count, form);
    if (size !== undefined && numberAt(view, offset, size) === 0) return 0;
    return readLow(view, offset + field.offset, field.size);
  }

  /** Measures the members of variable length, has each read or visited where it stands, and gives where they end. */
  #tailsEnd(
    view: DataView,
    offset: number,
    end: number,
    form: number,
    found: Tails | undefined,
    visit?: Visit,
  ): number {
    const { tails: declared, movable, length } = this.layout;
    const tails = movable
      ? inOrder(declared, (tail) => this.#foundStart(view, offset, form, tail))
      : declared;
    const last = tails.length - 1;
    let start = offset + form;
    for (let index = 0; index <= last; index++) {
      const each = tails[index]!;
      const { name, codec } = each.field;
      // What is told by members that this form lacks is not there either; its bytes are of a later revision.
      if (each.field.role !== 'required' && isToldBeyond(each, form)) continue;
      const countField = inForm(each.count, form);
      const bytesField = inForm(each.bytes, form);
      const before = start;
      const asked = this.#foundStart(view, offset, form, each);
      // What cannot be empty, and begins nowhere, is not there.
      if (asked === 0 && codec.minSize > 0 && inForm(each.start, form) !== undefined) {
        if (each.field.role === 'required') throw new AcpiError('LENGTH', 'is 0', each.start!.name);
        continue;
      }
      if (asked !== 0) {
        if (offset + asked < start || offset + asked > end)
          throw new AcpiError('LENGTH', `${asked} is not inside the structure`, each.start!.name);
        start = offset + asked;
      }
      let limit = end;
      if (bytesField !== undefined) {
        const size = numberAt(view, offset, bytesField);
        if (start + size > end) throw truncated(size, end - start, name);
        limit = start + size;
      } else if (movable) {
        const next = offset + this.#nextStart(view, offset, form, tails, index);
        if (next > offset && next >= start && next <= end) limit = next;
      }
      try {
        // The last list of a structure with a length takes what is there; what its count says is told apart.
        const isLast = index === last && length !== undefined && isFirstCounted(each);
        if (countField !== undefined && bytesField === undefined && !isLast) {
          const count = numberAt(view, offset, countField);
          limit = start + (codec as unknown as Counted).extentOf(view, start, limit, count);
        } else if (codec instanceof List && index < last && bytesField === undefined)
          // What is behind the last whole element is the next member's.
          limit = start + codec.wholeIn(limit - start);
        if (limit - start < codec.minSize) throw truncated(codec.minSize, limit - start);
        if (found !== undefined)
          this.#readTail(view, movable ? declared.indexOf(each) : index, start, limit, found);
        visit?.(each.field, start, limit);
      } catch (error) {
        throw within(name, error);
      }
      if (limit > start) {
        checkGap(view, before, start, name);
        start = limit;
      } else start = before;
    }
    return start;
  }

  /** Where the first of the tails behind this one that says so begins; 0 where none does. */
  #nextStart(view: DataView, offset: number, form: number, tails: readonly Tail[], index: number): number {
    for (let i = index + 1; i < tails.length; i++) {
      const start = this.#foundStart(view, offset, form, tails[i]!);
      if (start !== 0) return start;
    }
    return 0;
  }

  /** Gives derived members that are not what the encoder would make them. */
  #tellDifferences(view: DataView, offset: number, form: number, end: number, found: Tails): void {
    const { judged, tails, movable, tellsForm, lengthName } = this.layout;
    const { values, options, sizes } = found;
    let moved = false;
    for (const step of judged) {
      const { field, name, codec } = step;
      if (step.end > form) continue;
      const derivation = field.derivation!;
      switch (derivation.from) {
        case 'length':
          // The fixed part's length: the tails' comes from what they hold.
          if (form !== this.#usualForm(values)) values[name] = form - uncounted(field);
          break;
        case 'size':
          if (numberAt(view, offset, field) !== end - offset)
            values[name] = codec.read(view, offset + step.offset, offset + step.end, options);
          break;
        case 'validation':
          if ((found.low ^ found.givenLow) !== 0 || (found.high ^ found.givenHigh) !== 0)
            values[name] = codec.read(view, offset + step.offset, offset + step.end, options);
          break;
        case 'checksum': {
          const span = derivation.span ?? end - offset;
          const sum = numberAt(view, offset, field);
          if (sum === checksumOf(view, offset, span, field)) break;
          if (options.checksum !== 'keep')
            throw new AcpiError('CHECKSUM', `the first ${span} bytes do not sum up to zero`, name);
          values[name] = sum;
          break;
        }
        case 'count':
        case 'bytes':
        case 'offset': {
          const said = codec.read(view, offset + step.offset, offset + step.end, options);
          if (said === numberFor(field, this.#derive(derivation.from, step.tail, values, form, sizes))) break;
          values[name] = said;
          if (derivation.from === 'offset') moved = true;
        }
      }
    }
    // Of members in another order, those that stand where they would stand anyway are told too.
    if (moved && movable)
      for (const { start } of tails) {
        const field = inForm(start, form);
        if (field !== undefined) values[field.name] = readLow(view, offset + field.offset, field.size);
      }
    if (tellsForm && form !== this.#usualForm(values)) values[lengthName] = form;
  }

  /** What the encoder would write for a tail's count, bytes or offset, where the tails have these sizes. */
  #derive(
    from: 'count' | 'bytes' | 'offset',
    index: number,
    values: Values,
    form: number,
    sizes: readonly number[],
  ): number {
    const size = sizes[index] ?? 0;
    if (from === 'bytes') return size;
    if (from === 'offset') {
      let start = form;
      for (let i = 0; i < index; i++) start += sizes[i] ?? 0;
      return size === 0 ? 0 : start;
    }
    const content = tailOf(values, this.layout.tails[index]!.field);
    return Array.isArray(content) ? content.length : size;
  }
}

/** Reads one member of fixed size that stands in every form of the structure at `offset`. */
export function readMember<F extends Members, K extends keyof F & string>(
  struct: Struct<F>,
  name: K,
  view: DataView,
  offset: number,
): OutOf<F[K]> {
  const { codec, offset: at, size } = struct.field(name);
  return codec.read(view, offset + at, offset + at + size, {}) as OutOf<F[K]>;
}

/** Writes one member of fixed size that stands in every form of the structure at `offset`. */
export function writeMember<F extends Members, K extends keyof F & string>(
  struct: Struct<F>,
  name: K,
  view: DataView,
  offset: number,
  value: InOf<F[K]>,
): void {
  const field = struct.field(name);
  try {
    field.codec.write(view, offset + field.offset, value as never);
  } catch (error) {
    throw within(name, error);
  }
}

/** Bytes between two members that are none's: only zeros are as the encoder would fill them up. */
function checkGap(view: DataView, from: number, to: number, name: string): void {
  for (let at = from; at < to; at++)
    if (view.getUint8(at) !== 0) throw new AcpiError('LENGTH', 'begins behind bytes of no member', name);
}

/** Whether the tail's count, if it has one, follows from it and not from another tail. */
function isFirstCounted({ field, count }: Tail): boolean {
  return count === undefined || (count.derivation as { of?: string }).of === field.name;
}

/** A member where it stands: `start` and `end` are offsets in the bytes that hold the structure. */
export interface Place {
  readonly field: FieldInfo;
  readonly start: number;
  readonly end: number;
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
