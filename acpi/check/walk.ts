/** Goes through bytes along a declaration, tolerant of faults: each structure and member with its path and its place. */

import { type AnyCodec, guid, u8 } from '../codec.ts';
import { DataEntryCodec, DataEntryHeader, headerSize } from '../cper/data-entry.ts';
import { ErrorStatusBlockCodec } from '../cper/gesb.ts';
import { CperRecordCodec } from '../cper/record.ts';
import { RecordHeader } from '../cper/record-header.ts';
import { SectionDescriptor } from '../cper/section-descriptor.ts';
import type { SectionSet, SectionTypes } from '../cper/section-set.ts';
import { AcpiError } from '../errors.ts';
import type { FieldInfo } from '../layout.ts';
import { FixedArray, List, type Place, Struct, Union } from '../struct.ts';
import { DistanceMatrix } from '../tables/slit.ts';

export type AnyStruct = Struct<never>;

/** A structure where it stands, with those of its members that are there. */
export interface StructureAt {
  readonly path: string;
  readonly struct: AnyStruct;
  readonly start: number;
  /** Where what holds it ends. */
  readonly end: number;
  readonly places: readonly Place[];
}

/** A member of a structure, or an element of a list, where it stands. */
export interface MemberAt {
  readonly path: string;
  readonly codec: AnyCodec;
  readonly start: number;
  readonly end: number;
  /** How the structure declares it; of an element, how it declares the list. */
  readonly field: FieldInfo | undefined;
  /** The structure that declares it. */
  readonly struct: AnyStruct | undefined;
  /** False of a member whose validation bit is clear. */
  readonly valid: boolean;
}

export interface Visitor {
  structure?(at: StructureAt): void;
  member?(at: MemberAt): void;
  /** Bytes that no variant of the union stands for; `known` names the variant that their length does not suit. */
  unknown?(path: string, union: Union<never>, start: number, end: number, known: string | undefined): void;
  /** A section of no known type, or one that is too short for the type that it names. */
  section?(path: string, sectionType: string, start: number, end: number, known: string | undefined): void;
  /** What cannot be gone through, by its path. */
  fault?(path: string, error: AcpiError): void;
}

/** The path of a member or element of what has this path. */
export function join(path: string, step: string | number): string {
  if (typeof step === 'number') return `${path}[${step}]`;
  return path === '' || step === '' || step.startsWith('[') ? path + step : `${path}.${step}`;
}

/** The number that a member of at most eight bytes holds. */
export function numberAt(view: DataView, start: number, { codec, size }: FieldInfo): bigint {
  return BigInt(codec.read(view, start, start + size, {}) as number | bigint);
}

/** Whether the validation bits that a member goes by are set; true of a member that has none. */
export function isValid({ validBit, moreValidBits = [] }: FieldInfo, bits: bigint): boolean {
  if (validBit === undefined) return true;
  return [validBit, ...moreValidBits].every((bit) => ((bits >> BigInt(bit)) & 1n) === 1n);
}

/** Goes through what a codec stands for between `start` and `end`. Never throws. */
export function walk(codec: AnyCodec, view: DataView, start: number, end: number, visitor: Visitor): void {
  new Walk(view, visitor).inside(codec, '', start, end, {});
}

/** What declares elements: a field of a structure, where it is not the top of all. */
interface Declared {
  readonly field?: FieldInfo;
  readonly struct?: AnyStruct;
}

class Walk {
  readonly #view: DataView;
  readonly #visitor: Visitor;

  constructor(view: DataView, visitor: Visitor) {
    this.#view = view;
    this.#visitor = visitor;
  }

  inside(codec: AnyCodec, path: string, start: number, end: number, declared: Declared): void {
    if (codec instanceof Struct) this.#structure(codec as unknown as AnyStruct, path, start, end);
    else if (codec instanceof DistanceMatrix) this.#matrix(path, start, end, declared);
    else if (codec instanceof List) this.#list(codec.element as AnyCodec, path, start, end, declared);
    else if (codec instanceof FixedArray)
      for (let i = 0; i < codec.count; i++) {
        const size = codec.element.size;
        this.#element(
          codec.element as AnyCodec,
          join(path, i),
          start + i * size,
          start + (i + 1) * size,
          declared,
        );
      }
    else if (codec instanceof Union) this.#union(codec as unknown as Union<never>, path, start, end);
    else if (codec instanceof ErrorStatusBlockCodec)
      this.#structure(codec.block as unknown as AnyStruct, path, start, end);
    else if (codec instanceof DataEntryCodec) this.#dataEntry(codec, path, start, end);
    else if (codec instanceof CperRecordCodec) this.#record(codec, path, start, end);
  }

  #fault(path: string, error: unknown): void {
    if (!(error instanceof AcpiError)) throw error;
    this.#visitor.fault?.(join(path, error.field), error);
  }

  #structure(struct: AnyStruct, path: string, start: number, end: number): void {
    let places: Place[];
    try {
      places = struct.places(this.#view, start, end);
    } catch (error) {
      this.#fault(path, error);
      places = struct.fields
        .filter((field) => field.size > 0 && start + field.offset + field.size <= end)
        .map((field) => ({
          field,
          start: start + field.offset,
          end: start + field.offset + field.size,
        }));
    }
    this.#visitor.structure?.({ path, struct, start, end, places });
    const bits = validationOf(struct, this.#view, start, places);
    for (const { field, start: from, end: to } of places) {
      const valid = isValid(field, bits);
      const own = join(path, field.name);
      this.#visitor.member?.({ path: own, codec: field.codec, start: from, end: to, field, struct, valid });
      if (valid) this.inside(field.codec, own, from, to, { field, struct });
    }
  }

  #element(codec: AnyCodec, path: string, start: number, end: number, declared: Declared): void {
    const { field, struct } = declared;
    this.#visitor.member?.({ path, codec, start, end, field, struct, valid: true });
    this.inside(codec, path, start, end, declared);
  }

  #list(codec: AnyCodec, path: string, start: number, end: number, declared: Declared): void {
    let position = start;
    for (let i = 0; position < end; i++) {
      const own = join(path, i);
      let size: number;
      try {
        size = codec.extent(this.#view, position, end);
      } catch (error) {
        this.#fault(own, error);
        return;
      }
      if (size <= 0 || position + size > end) return;
      this.#element(codec, own, position, position + size, declared);
      position += size;
    }
  }

  #union(union: Union<never>, path: string, start: number, end: number): void {
    const found = union.variantIn(this.#view, start, end);
    if (found?.fits) this.#structure(found.struct as unknown as AnyStruct, path, start, end);
    else this.#visitor.unknown?.(path, union, start, end, found?.kind);
  }

  /** Rows of a matrix have no length of their own. */
  #matrix(path: string, start: number, end: number, declared: Declared): void {
    const side = Math.floor(Math.sqrt(end - start));
    for (let i = 0; i < side * side; i++)
      this.#element(u8, join(join(path, Math.floor(i / side)), i % side), start + i, start + i + 1, declared);
  }

  #dataEntry(codec: DataEntryCodec<SectionTypes>, path: string, start: number, end: number): void {
    if (end - start < DataEntryHeader.minSize) return;
    const view = this.#view;
    const revision = view.getUint16(start + DataEntryHeader.field('revision').offset, true);
    const section = start + headerSize(revision);
    if (section > end) return;
    this.#structure(DataEntryHeader as unknown as AnyStruct, path, start, section);
    const type = guid.read(view, start + DataEntryHeader.field('sectionType').offset, section, {});
    this.#section(codec.sections, type, join(path, 'section'), section, end);
  }

  #record(codec: CperRecordCodec<SectionTypes>, path: string, start: number, end: number): void {
    if (end - start < RecordHeader.size) return;
    const view = this.#view;
    const descriptors = start + RecordHeader.size;
    this.#structure(RecordHeader as unknown as AnyStruct, path, start, descriptors);
    const count = view.getUint16(start + RecordHeader.field('sectionCount').offset, true);
    const spans: { path: string; type: string; from: number; to: number }[] = [];
    for (let i = 0; i < count; i++) {
      const at = descriptors + i * SectionDescriptor.size;
      if (at + SectionDescriptor.size > end) break;
      const own = join(join(path, 'sections'), i);
      this.#structure(SectionDescriptor as unknown as AnyStruct, own, at, at + SectionDescriptor.size);
      const { sectionType: type, sectionOffset, sectionLength } = SectionDescriptor.read(view, at, end, {});
      const from = start + sectionOffset;
      spans.push({ path: join(own, 'section'), type, from, to: from + sectionLength });
    }
    // Sections that share bytes would have them gone through any number of times.
    let free = descriptors + count * SectionDescriptor.size;
    for (const { path: own, type, from, to } of spans.sort((a, b) => a.from - b.from)) {
      if (from < free || to > end) continue;
      this.#section(codec.sections, type, own, from, to);
      free = to;
    }
  }

  /** A section by the GUID of its type. */
  #section(sections: SectionSet<SectionTypes>, type: string, path: string, start: number, end: number): void {
    const kind = sections.kindOf(type);
    const codec = sections.types[kind]?.codec;
    if (codec !== undefined && end - start >= codec.minSize) {
      this.inside(codec, path, start, end, {});
      // A record is read without a section that cannot be: what keeps it from that is told here.
      try {
        codec.read(this.#view, start, end, {});
      } catch (error) {
        this.#fault(path, error);
      }
    } else this.#visitor.section?.(path, type, start, end, codec === undefined ? undefined : kind);
  }
}

/** The validation bits of a structure that has them; 0 of one that has not, and where they are not there. */
export function validationOf(
  struct: AnyStruct,
  view: DataView,
  start: number,
  places: readonly Place[],
): bigint {
  const field = struct.layout.validation;
  if (field === undefined || !places.some((place) => place.field === field)) return 0n;
  return numberAt(view, start + field.offset, field);
}
