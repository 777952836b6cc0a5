/** A whole record, as ERST and pstore keep it: header, section descriptors, sections. UEFI 2.11, appendix N.2. */

import { Codec, type DecodeOptions, truncated } from '../codec.ts';
import { AcpiError, within } from '../errors.ts';
import type { Decoded, Encodable } from '../struct.ts';
import { RecordHeader } from './record-header.ts';
import { SectionDescriptor } from './section-descriptor.ts';
import type { SectionIn, SectionOut, SectionSet, SectionTypes } from './section-set.ts';

type OwnOfSection = 'sectionOffset' | 'sectionLength' | 'sectionType' | 'length';
/** `sectionOffset` is given where the section does not stand right behind the one before it in the list. */
export type RecordSectionOut<T extends SectionTypes> = Omit<
  Decoded<typeof SectionDescriptor>,
  OwnOfSection
> & { sectionOffset?: number; section: SectionOut<T> };
export type RecordSectionIn<T extends SectionTypes> = Omit<
  Encodable<typeof SectionDescriptor>,
  OwnOfSection
> & { readonly sectionOffset?: number | undefined; readonly section: SectionIn<T> };

/** Bytes that are part of a record, but of no section. */
export interface RecordGap {
  /** From the start of the record. */
  offset: number;
  data: Uint8Array;
}

type OwnOfRecord = 'sectionCount' | 'recordLength' | 'length';
/**
 * `recordLength` is given where the record goes on behind its last section; `gaps` where bytes that belong to no
 * section are not zero.
 */
export type CperRecordOut<T extends SectionTypes> = Omit<Decoded<typeof RecordHeader>, OwnOfRecord> & {
  recordLength?: number;
  sections: RecordSectionOut<T>[];
  gaps?: RecordGap[];
};
export type CperRecordIn<T extends SectionTypes> = Omit<Encodable<typeof RecordHeader>, OwnOfRecord> & {
  readonly recordLength?: number | undefined;
  readonly sections: readonly RecordSectionIn<T>[];
  readonly gaps?: readonly Readonly<RecordGap>[] | undefined;
};

/** Bytes from `start` to before `end`; `name` is the member that says so. */
interface Span {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

const HEADER_SIZE = 128;
const DESCRIPTOR_SIZE = 72;
const LONGEST = 0xffff_ffff;

/** @throws AcpiError `code` where two of the spans share a byte; gives those that have any, in order */
function inOrder(spans: readonly Span[], code: 'LENGTH' | 'VALUE'): Span[] {
  const ordered = spans.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start);
  for (let i = 1; i < ordered.length; i++) {
    const { start, name } = ordered[i]!;
    const before = ordered[i - 1]!;
    if (start < before.end)
      throw new AcpiError(code, `${start} is inside ${before.name}, which ends at ${before.end}`, name);
  }
  return ordered;
}

function headSpan(sectionCount: number): Span {
  return { start: 0, end: HEADER_SIZE + sectionCount * DESCRIPTOR_SIZE, name: 'the descriptors' };
}

/**
 * A record with its sections, in the order of their descriptors. Offsets, counts, lengths and validation bits are
 * worked out from what is given. Decoding ignores what follows the record; sections that overlap one another or the
 * descriptors, or stand outside the record, are an AcpiError LENGTH.
 */
export class CperRecordCodec<T extends SectionTypes> extends Codec<CperRecordOut<T>, CperRecordIn<T>> {
  readonly name = 'CPER record';
  readonly size = HEADER_SIZE;
  readonly sections: SectionSet<T>;

  constructor(sections: SectionSet<T>) {
    super();
    this.sections = sections;
  }

  override get variable(): boolean {
    return true;
  }

  /** Where each section and gap stands, and where the last of them ends. */
  #layOut(record: CperRecordIn<T>): { starts: number[]; end: number } {
    if (typeof record !== 'object' || record === null || !Array.isArray(record.sections))
      throw new AcpiError('VALUE', 'is no array', 'sections');
    const head = headSpan(record.sections.length);
    const spans = [head];
    const starts: number[] = [];
    let next = head.end;
    for (const [i, { sectionOffset, section }] of record.sections.entries()) {
      const start = sectionOffset ?? next;
      if (!Number.isInteger(start) || start < 0 || start > LONGEST)
        throw new AcpiError('VALUE', 'is no offset', `sections[${i}].sectionOffset`);
      try {
        next = start + this.sections.sizeOf(section);
      } catch (error) {
        throw within(`sections[${i}].section`, error);
      }
      starts.push(start);
      spans.push({ start, end: next, name: `sections[${i}].sectionOffset` });
    }
    for (const [i, { offset, data }] of (record.gaps ?? []).entries()) {
      if (!Number.isInteger(offset) || offset < 0 || !(data instanceof Uint8Array))
        throw new AcpiError('VALUE', 'is no offset with a Uint8Array', `gaps[${i}]`);
      spans.push({ start: offset, end: offset + data.byteLength, name: `gaps[${i}].offset` });
    }
    inOrder(spans, 'VALUE');
    return { starts, end: spans.reduce((last, { end }) => Math.max(last, end), 0) };
  }

  #lengthOf({ recordLength }: CperRecordIn<T>, end: number): number {
    const length = recordLength ?? end;
    if (!Number.isInteger(length) || length < end || length > LONGEST)
      throw new AcpiError('VALUE', `${length} is not ${end} to ${LONGEST}`, 'recordLength');
    return length;
  }

  override sizeOf(record: CperRecordIn<T>): number {
    return this.#lengthOf(record, this.#layOut(record).end);
  }

  write(view: DataView, offset: number, record: CperRecordIn<T>): number {
    const { starts, end } = this.#layOut(record);
    const recordLength = this.#lengthOf(record, end);
    const sectionCount = record.sections.length;
    RecordHeader.write(view, offset, { ...record, sectionCount, recordLength } as never);
    for (const [i, each] of record.sections.entries()) {
      try {
        this.#writeSection(view, offset, i, each, starts[i]!);
      } catch (error) {
        throw within(`sections[${i}]`, error);
      }
    }
    for (const gap of record.gaps ?? [])
      new Uint8Array(view.buffer, view.byteOffset + offset + gap.offset, gap.data.byteLength).set(gap.data);
    return recordLength;
  }

  #writeSection(
    view: DataView,
    record: number,
    index: number,
    each: RecordSectionIn<T>,
    start: number,
  ): void {
    const { section } = each;
    let sectionLength: number;
    let sectionType: string;
    try {
      sectionLength = this.sections.write(view, record + start, section);
      sectionType = this.sections.typeOf(section);
    } catch (error) {
      throw within('section', error);
    }
    const at = record + HEADER_SIZE + index * DESCRIPTOR_SIZE;
    SectionDescriptor.write(view, at, { ...each, sectionOffset: start, sectionLength, sectionType } as never);
  }

  override extent(view: DataView, offset: number, end: number): number {
    const have = end - offset;
    if (have < this.size) throw truncated(this.size, have);
    const length = view.getUint32(offset + RecordHeader.field('recordLength').offset, true);
    if (length < this.size)
      throw new AcpiError('LENGTH', `${length} is less than the header's ${this.size}`, 'recordLength');
    if (length > have) throw truncated(length, have, 'recordLength');
    return length;
  }

  read(view: DataView, offset: number, limit: number, options: DecodeOptions): CperRecordOut<T> {
    if (limit - offset < this.size) throw truncated(this.size, limit - offset);
    // First the signatures: what is no record has no length.
    const header = RecordHeader.read(view, offset, offset + HEADER_SIZE, options);
    const { sectionCount, recordLength, ...own } = header;
    const length = this.extent(view, offset, limit);
    const head = headSpan(sectionCount);
    if (head.end > length) throw truncated(head.end, length, 'sectionCount');
    const sections: RecordSectionOut<T>[] = [];
    const spans = [head];
    const readers: (() => void)[] = [];
    let next = head.end;
    for (let i = 0; i < sectionCount; i++) {
      const at = offset + HEADER_SIZE + i * DESCRIPTOR_SIZE;
      const descriptor = SectionDescriptor.read(view, at, at + DESCRIPTOR_SIZE, options);
      const { sectionOffset, sectionLength, sectionType, ...rest } = descriptor;
      const end = sectionOffset + sectionLength;
      if (end > length)
        throw new AcpiError('LENGTH', `ends at ${end}, the record at ${length}`, `sections[${i}]`);
      const placed = sectionOffset === next ? rest : { ...rest, sectionOffset };
      spans.push({ start: sectionOffset, end, name: `sections[${i}].sectionOffset` });
      readers.push(() => {
        const [from, to] = [offset + sectionOffset, offset + end];
        sections.push({ ...placed, section: this.sections.read(sectionType, view, from, to, options) });
      });
      next = end;
    }
    const ordered = inOrder(spans, 'LENGTH');
    // Only now, as sections that overlap would have bytes read any number of times.
    for (const [i, reader] of readers.entries()) {
      try {
        reader();
      } catch (error) {
        throw within(`sections[${i}].section`, error);
      }
    }
    const value: CperRecordOut<T> = { ...own, sections };
    const gaps = gapsOf(view, offset, length, ordered);
    if (gaps.length > 0) value.gaps = gaps;
    const lastGap = gaps.at(-1);
    const last = Math.max(
      spans.reduce((last, { end }) => Math.max(last, end), 0),
      lastGap === undefined ? 0 : lastGap.offset + lastGap.data.byteLength,
    );
    if (recordLength !== last) value.recordLength = recordLength;
    return value;
  }
}

/** Bytes that no span has, where one of them is not zero. */
function gapsOf(view: DataView, offset: number, length: number, spans: readonly Span[]): RecordGap[] {
  const gaps: RecordGap[] = [];
  let position = 0;
  for (const { start, end } of [...spans, { start: length, end: length }]) {
    if (start > position) {
      const data = new Uint8Array(view.buffer, view.byteOffset + offset + position, start - position);
      if (data.some((byte) => byte !== 0)) gaps.push({ offset: position, data });
    }
    position = end;
  }
  return gaps;
}
