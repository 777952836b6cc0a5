/** Bit fields. */

import { Codec, type Names } from './codec.ts';
import { AcpiError } from './errors.ts';

/** One flag or number inside a bit field. */
export interface BitRange<T extends boolean | number> {
  readonly first: number;
  readonly last: number;
  readonly kind: T extends boolean ? 'flag' : 'number';
  readonly text: string;
  /** Names of the values of a number. */
  readonly names?: Names | undefined;
}

/** One bit, as a boolean. */
export function flag(bit: number, text = ''): BitRange<boolean> {
  return { first: bit, last: bit, kind: 'flag', text };
}

/** Bits `first` to `last`, both included, as an unsigned number of at most 32 bits, whose values may have names. */
export function range(first: number, last: number, text = '', names?: Names): BitRange<number> {
  return { first, last, kind: 'number', text, names };
}

type BitMap = Readonly<Record<string, BitRange<boolean> | BitRange<number>>>;
type ValueOf<R> = R extends BitRange<infer T> ? T : never;

/** Bits that no name stands for are given as `reserved`, in place, where one of them is set. */
export type BitsOut<B extends BitMap> = { [K in keyof B]: ValueOf<B[K]> } & { reserved?: bigint };
/** What is left out is 0. */
export type BitsIn<B extends BitMap> = { readonly [K in keyof B]?: ValueOf<B[K]> | undefined } & {
  readonly reserved?: bigint | undefined;
};

function numberOf(given: unknown, isFlag: boolean, limit: number, name = ''): number {
  if (isFlag && typeof given === 'boolean') return given ? 1 : 0;
  if (!isFlag && typeof given === 'number' && given >= 0 && given <= limit && Number.isInteger(given))
    return given;
  throw new AcpiError('VALUE', isFlag ? 'is no boolean' : `is not 0 to ${limit}`, name);
}

/** Highest value of a part. */
function limitOf({ first, last }: { readonly first: number; readonly last: number }): number {
  return 2 ** (last - first + 1) - 1;
}

/** One part of a bit field, ready to be read and written: where it stands in its half of 32 bits. */
interface Slot {
  readonly name: string;
  readonly isFlag: boolean;
  readonly isHigh: boolean;
  readonly shift: number;
  /** Highest value, which is also the mask of the shifted part. */
  readonly limit: number;
}

function slotOf(name: string, range: BitRange<boolean> | BitRange<number>): Slot {
  const { first, kind } = range;
  return { name, isFlag: kind === 'flag', isHigh: first >= 32, shift: first & 31, limit: limitOf(range) };
}

/** A bit field of 8, 16, 24, 32 or 64 bits. */
export class Bits<B extends BitMap> extends Codec<BitsOut<B>, BitsIn<B>> {
  readonly size: number;
  readonly ranges: B;
  /** Masks of the bits that have a name: 0 to 31, and 32 to 63. */
  readonly #low: number;
  readonly #high: number;
  #slots: readonly Slot[] | undefined;

  constructor(width: 8 | 16 | 24 | 32 | 64, ranges: B) {
    super();
    this.size = width / 8;
    this.ranges = ranges;
    let low = 0;
    let high = 0;
    for (const name in ranges) {
      const range = ranges[name]!;
      const { first, last } = range;
      const mask = limitOf(range) << (first & 31);
      if (
        first > last ||
        last >= width ||
        first >> 5 !== last >> 5 ||
        ((first < 32 ? low : high) & mask) !== 0
      )
        throw new TypeError(`${name}: bits ${first} to ${last} do not fit`);
      if (first < 32) low |= mask;
      else high |= mask;
    }
    this.#low = low;
    this.#high = high;
  }

  get name(): string {
    return `bits[${this.size * 8}]`;
  }

  /** Worked out when first used, as layouts are. */
  #parts(): readonly Slot[] {
    this.#slots ??= Object.entries(this.ranges).map(([name, range]) => slotOf(name, range));
    return this.#slots;
  }

  write(view: DataView, offset: number, value: BitsIn<B>): number {
    if (typeof value !== 'object' || value === null) throw new AcpiError('VALUE', 'is no object of bits');
    const source = value as Readonly<Record<string, unknown>>;
    let low = 0;
    let high = 0;
    for (const { name, isFlag, isHigh, shift, limit } of this.#parts()) {
      const given = source[name];
      if (given === undefined || given === false) continue;
      const number = numberOf(given, isFlag, limit, name);
      if (isHigh) high |= number << shift;
      else low |= number << shift;
    }
    const reserved = source.reserved;
    if (reserved !== undefined) {
      if (typeof reserved !== 'bigint' || reserved < 0n || reserved >> BigInt(this.size * 8) !== 0n)
        throw new AcpiError('VALUE', 'does not fit', 'reserved');
      const more = [Number(reserved & 0xffff_ffffn), Number(reserved >> 32n)] as const;
      if ((more[0] & this.#low) !== 0 || (more[1] & this.#high) !== 0)
        throw new AcpiError('VALUE', 'has bits that are named', 'reserved');
      low |= more[0];
      high |= more[1];
    }
    writeWord(view, offset, this.size, low, high);
    return this.size;
  }

  read(view: DataView, offset: number): BitsOut<B> {
    const low = readLow(view, offset, this.size);
    const high = this.size === 8 ? view.getUint32(offset + 4, true) : 0;
    const value: Record<string, unknown> = {};
    for (const { name, isFlag, isHigh, shift, limit } of this.#parts()) {
      const number = ((isHigh ? high : low) >>> shift) & limit;
      value[name] = isFlag ? number === 1 : number >>> 0;
    }
    const moreLow = low & ~this.#low;
    const moreHigh = high & ~this.#high;
    if (moreLow !== 0 || moreHigh !== 0)
      value.reserved = (BigInt(moreHigh >>> 0) << 32n) | BigInt(moreLow >>> 0);
    return value as BitsOut<B>;
  }
}

/** A bit field of `width` bits, little endian, whose parts are flags and numbers. */
export function bits<B extends BitMap>(width: 8 | 16 | 24 | 32 | 64, ranges: B): Bits<B> {
  return new Bits(width, ranges);
}

/** Writes two 32-bit halves as `size` bytes. */
export function writeWord(view: DataView, offset: number, size: number, low: number, high: number): void {
  if (size === 1) view.setUint8(offset, low);
  else if (size < 4) {
    view.setUint16(offset, low, true);
    if (size === 3) view.setUint8(offset + 2, low >>> 16);
  } else view.setUint32(offset, low, true);
  if (size === 8) view.setUint32(offset + 4, high, true);
}

/** The low 32 bits of a field of `size` bytes. */
export function readLow(view: DataView, offset: number, size: number): number {
  if (size === 1) return view.getUint8(offset);
  if (size >= 4) return view.getUint32(offset, true);
  const low = view.getUint16(offset, true);
  return size === 2 ? low : low | (view.getUint8(offset + 2) << 16);
}

/** A few bits of a byte or word, as a member of its own (with `at`, beside others in the same bytes). */
export class Part<T extends boolean | number> extends Codec<T> {
  readonly name: string;
  readonly size: number;
  readonly part: BitRange<T>;
  readonly #slot: Slot;

  constructor(width: 8 | 16 | 32 | 64, part: BitRange<T>) {
    super();
    if (part.first > part.last || part.last >= width || part.first >> 5 !== part.last >> 5)
      throw new TypeError(`bits ${part.first} to ${part.last} are no part of ${width}`);
    this.part = part;
    this.#slot = slotOf('', part as BitRange<number>);
    this.size = width / 8;
    this.name = part.first === part.last ? `bit ${part.first}` : `bits ${part.first}-${part.last}`;
  }

  override get partial(): boolean {
    return true;
  }

  write(view: DataView, offset: number, value: T): number {
    const { isFlag, isHigh, shift, limit } = this.#slot;
    const number = numberOf(value, isFlag, limit);
    const low = readLow(view, offset, this.size);
    const high = this.size === 8 ? view.getUint32(offset + 4, true) : 0;
    if (isHigh) writeWord(view, offset, this.size, low, high | (number << shift));
    else writeWord(view, offset, this.size, low | (number << shift), high);
    return this.size;
  }

  read(view: DataView, offset: number): T {
    const { isFlag, isHigh, shift, limit } = this.#slot;
    const word = isHigh ? view.getUint32(offset + 4, true) : readLow(view, offset, this.size);
    const number = (word >>> shift) & limit;
    return (isFlag ? number === 1 : number >>> 0) as T;
  }
}

/** Part of a byte that several members share. */
export function partOfByte<T extends boolean | number>(part: BitRange<T>): Codec<T> {
  return new Part(8, part);
}

/** Part of a word of `width` bits that several members share; bits count from the word's lowest. */
export function partOf<T extends boolean | number>(width: 8 | 16 | 32 | 64, part: BitRange<T>): Codec<T> {
  return new Part(width, part);
}
