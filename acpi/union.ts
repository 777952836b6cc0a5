/** Structures told apart by a tag. */

import { readLow } from './bits.ts';
import { type AnyCodec, Codec, type DecodeOptions, guid, paddingBehind, truncated } from './codec.ts';
import { AcpiError } from './errors.ts';
import type { FieldInfo } from './layout.ts';

type InOf<M> = M extends { readonly in: (value: infer T) => void } ? T : never;
type Flatten<T> = { [K in keyof T]: T[K] };
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
  /** Bytes of the tag, 16 for a GUID; each variant has the tag as a constant member. */
  readonly tag: 1 | 2 | 4 | 16;
  /** Offset of the tag, default 0. */
  readonly tagAt?: number;
  /**
   * Where each variant, known or not, has its length; without, an unknown variant takes all that is left. The length
   * does not count the first `less` bytes, and zeros up to a multiple of `padding` bytes follow.
   */
  readonly length?: {
    readonly at: number;
    readonly size: 1 | 2 | 4;
    readonly less?: number;
    readonly padding?: number;
  };
  /** The variant, without a constant tag, that stands for every tag that no other has. */
  readonly otherwise?: string;
}

/** @see union */
export class Union<V extends Variants> extends Codec<UnionOut<V>, UnionIn<V>> {
  readonly name: string;
  readonly size = 0;
  readonly variants: V;
  readonly options: UnionOptions;
  #tags: Map<number | string, readonly [string, AnyStruct]> | undefined;

  constructor(name: string, options: UnionOptions, variants: V) {
    super();
    this.name = name;
    this.variants = variants;
    this.options = options;
  }

  override get variable(): boolean {
    return true;
  }

  override get minSize(): number {
    const { tag, tagAt = 0, length } = this.options;
    return length === undefined ? tagAt + tag : Math.max(tagAt + tag, length.at + length.size);
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
    const { tag, tagAt = 0, otherwise } = this.options;
    const found = tag === 16 ? guid.read(view, offset + tagAt, 0, {}) : readLow(view, offset + tagAt, tag);
    const variant = this.#byTag().get(found);
    if (variant !== undefined || otherwise === undefined) return variant;
    return [otherwise, this.variants[otherwise] as AnyStruct];
  }

  /** Variants by the value of their tag; worked out when first used, as layouts are. */
  #byTag(): ReadonlyMap<number | string, readonly [string, AnyStruct]> {
    if (this.#tags !== undefined) return this.#tags;
    this.#tags = new Map();
    const { tagAt = 0, otherwise } = this.options;
    if (otherwise !== undefined && this.variants[otherwise] === undefined)
      throw new TypeError(`${this.name}: no variant '${otherwise}'`);
    for (const kind in this.variants) {
      if (kind === otherwise) continue;
      const variant: AnyStruct = this.variants[kind]!;
      const tag = variant.fields.find(({ offset, constant }) => offset === tagAt && constant !== undefined);
      if (tag === undefined) throw new TypeError(`${this.name}.${kind}: no constant at ${tagAt}`);
      this.#tags.set(tag.constant as number | string, [kind, variant]);
    }
    return this.#tags;
  }

  override extent(view: DataView, offset: number, end: number): number {
    const have = end - offset;
    if (have < this.minSize) throw truncated(this.minSize, have);
    const { length } = this.options;
    if (length === undefined) {
      const variant = this.#lookUp(view, offset)?.[1];
      return variant === undefined ? have : variant.extent(view, offset, end);
    }
    const size = readLow(view, offset + length.at, length.size) + (length.less ?? 0);
    if (size < this.minSize)
      throw new AcpiError(
        'LENGTH',
        `${size} is less than the ${this.minSize} bytes that it must have`,
        'length',
      );
    if (size > have) throw truncated(size, have);
    return size + paddingBehind(view, offset, size, end, length.padding ?? 1);
  }

  /** The variant that the bytes name by their tag, and whether its layout suits how many they are. */
  variantIn(
    view: DataView,
    offset: number,
    end: number,
  ): { readonly kind: string; readonly struct: AnyStruct; readonly fits: boolean } | undefined {
    const { length } = this.options;
    const whole = end - offset;
    const found = whole < this.minSize ? undefined : this.#lookUp(view, offset);
    if (found === undefined) return undefined;
    const [kind, struct] = found;
    const size =
      length?.padding === undefined
        ? whole
        : Math.min(whole, readLow(view, offset + length.at, length.size) + (length.less ?? 0));
    const fits = size >= struct.minSize && (struct.variable || struct.lengths.includes(size));
    return { kind, struct, fits };
  }

  read(view: DataView, offset: number, end: number, options: DecodeOptions): UnionOut<V> {
    const found = this.variantIn(view, offset, end);
    // A length that this revision does not know is kept whole rather than read in part.
    if (!found?.fits)
      return {
        kind: 'unknown',
        data: new Uint8Array(view.buffer, view.byteOffset + offset, end - offset),
      } as never;
    return found.struct.readInto({ kind: found.kind }, view, offset, end, options) as never;
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
