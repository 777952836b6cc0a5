/** Sections by the GUID of their type: which of them are understood is said by who reads or writes them. */

import { type AnyCodec, type DecodeOptions, truncated } from '../codec.ts';
import { AcpiError } from '../errors.ts';

/** A section type that is understood. */
export interface SectionType<C extends AnyCodec = AnyCodec> {
  /** GUID, lower case. */
  readonly sectionType: string;
  readonly codec: C;
}

/** By `kind`, the name that a section's value goes by. */
export type SectionTypes = Readonly<Record<string, SectionType>>;

/** A section that is not understood, byte by byte. */
export interface UnknownSection {
  kind: 'unknown';
  /** GUID of the section's type. */
  sectionType: string;
  data: Uint8Array;
}

type InOf<C> = C extends { readonly in: (value: infer T) => void } ? T : never;

/** A decoded section of one of these types, or of an unknown one. */
export type SectionOut<T extends SectionTypes> =
  | { [K in keyof T & string]: { kind: K } & T[K]['codec']['out'] }[keyof T & string]
  | UnknownSection;
/** What the encoder takes for a section. */
export type SectionIn<T extends SectionTypes> =
  | { [K in keyof T & string]: { readonly kind: K } & InOf<T[K]['codec']> }[keyof T & string]
  | Readonly<UnknownSection>;

/** Reads and writes sections of the given types; those of others are kept byte by byte. */
export class SectionSet<T extends SectionTypes> {
  readonly types: T;
  readonly #byGuid = new Map<string, { readonly kind: string; readonly codec: AnyCodec }>();

  constructor(types: T) {
    this.types = types;
    for (const kind in types) {
      const { sectionType, codec } = types[kind]!;
      this.#byGuid.set(sectionType, { kind, codec });
    }
  }

  #known(section: SectionIn<T>): SectionType | undefined {
    const kind: unknown = section?.kind;
    if (kind === 'unknown') return undefined;
    if (typeof kind !== 'string' || !Object.hasOwn(this.types, kind))
      throw new AcpiError('VALUE', `is none of ${Object.keys(this.types).join(', ')}, unknown`, 'kind');
    return this.types[kind];
  }

  /** The name that sections of this type go by; `unknown` where the type is none of the set's. */
  kindOf(sectionType: string): string {
    return this.#byGuid.get(sectionType)?.kind ?? 'unknown';
  }

  typeOf(section: SectionIn<T>): string {
    return this.#known(section)?.sectionType ?? (section as UnknownSection).sectionType;
  }

  /** Bytes that the section takes. */
  sizeOf(section: SectionIn<T>): number {
    const known = this.#known(section);
    if (known !== undefined) return known.codec.sizeOf(section as never);
    const { data } = section as UnknownSection;
    if (!(data instanceof Uint8Array)) throw new AcpiError('VALUE', 'is no Uint8Array', 'data');
    return data.byteLength;
  }

  /** Gives the bytes written. */
  write(view: DataView, offset: number, section: SectionIn<T>): number {
    const known = this.#known(section);
    if (known !== undefined) return known.codec.write(view, offset, section as never);
    const { data } = section as UnknownSection;
    new Uint8Array(view.buffer, view.byteOffset + offset, data.byteLength).set(data);
    return data.byteLength;
  }

  /**
   * A section of a known type that its type cannot be read from (too short, lengths that contradict one another) is kept
   * as unknown: a record is not lost for one of its sections.
   */
  read(
    sectionType: string,
    view: DataView,
    offset: number,
    end: number,
    options: DecodeOptions,
  ): SectionOut<T> {
    if (end < offset) throw truncated(0, end - offset);
    const found = this.#byGuid.get(sectionType);
    if (found !== undefined && end - offset >= found.codec.minSize)
      try {
        return found.codec.readInto({ kind: found.kind }, view, offset, end, options) as never;
      } catch (error) {
        if (!(error instanceof AcpiError)) throw error;
      }
    return {
      kind: 'unknown',
      sectionType,
      data: new Uint8Array(view.buffer, view.byteOffset + offset, end - offset),
    };
  }
}
