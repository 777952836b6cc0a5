/** A whole record, as ERST and pstore keep it: header, section descriptors, sections. UEFI 2.11, appendix N.2. */

import { Codec, type DecodeOptions, truncated } from '../codec.ts';
import { AcpiError, within } from '../errors.ts';
import { type Decoded, type Encodable, readMember, writeMember } from '../struct.ts';
import { RecordHeader } from './record-header.ts';
import { SectionDescriptor } from './section-descriptor.ts';
import type { SectionIn, SectionOut, SectionSet, SectionTypes } from './section-set.ts';

/** What of the header and the descriptors does not follow from the sections. */
const Header = RecordHeader.without('sectionCount', 'recordLength', 'length');
const Descriptor = SectionDescriptor.without('sectionOffset', 'sectionLength', 'sectionType', 'length');

/** `sectionOffset` is given where the section does not stand right behind the one before it in the list. */
export type RecordSectionOut<T extends SectionTypes> = Decoded<typeof Descriptor> & {
  sectionOffset?: number;
  section: SectionOut<T>;
};
export type RecordSectionIn<T extends SectionTypes> = Encodable<typeof Descriptor> & {
  readonly sectionOffset?: number | undefined;
  readonly section: SectionIn<T>;
};

/** Bytes that are part of a record, but of no section. */
export interface RecordGap {
  /** From the start of the record. */
  offset: number;
  data: Uint8Array;
}

/**
 * `recordLength` is given where the record goes on behind its last section; `gaps` where bytes that belong to no
 * section are not zero.
 */
export type CperRecordOut<T extends SectionTypes> = Decoded<typeof Header> & {
  recordLength?: number;
  sections: RecordSectionOut<T>[];
  gaps?: RecordGap[];
};
export type CperRecordIn<T extends SectionTypes> = Encodable<typeof Header> & {
  readonly recordLength?: number | undefined;
  readonly sections: readonly RecordSectionIn<T>[];
  readonly gaps?: readonly Readonly<RecordGap>[] | undefined;
};

/** Bytes from `start` to before `end`, of the descriptors or of the list's element at `index`. */
interface Span {
  readonly start: number;
  readonly end: number;
  readonly of: 'descriptors' | 'sections' | 'gaps';
  readonly index: number;
}

const HEADER_SIZE = 128;
const DESCRIPTOR_SIZE = 72;
const LONGEST = 0xffff_ffff;

/** The member that says where the span begins. */
function nameOf({ of, index }: Span): string {
  if (of === 'descriptors') return 'the descriptors';
  return of === 'sections' ? `sections[${index}].sectionOffset` : `gaps[${index}].offset`;
}

/** @throws AcpiError `code` where two of the spans share a byte; gives those that have any, in order */
function inOrder(spans: readonly Span[], code: 'LENGTH' | 'VALUE'): Span[] {
  const ordered = spans.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start);
  for (let i = 1; i < ordered.length; i++) {
    const { start } = ordered[i]!;
    const before = ordered[i - 1]!;
    if (start >= before.end) continue;
    const reason = `${start} is inside ${nameOf(before)}, which ends at ${before.end}`;
    throw new AcpiError(code, reason, nameOf(ordered[i]!));
  }
  return ordered;
}

/** Where the last of them ends. */
function endOf(spans: readonly Span[]): number {
  let last = 0;
  for (const { end } of spans) if (end > last) last = end;
  return last;
}

function headSpan(sectionCount: number): Span {
  return { start: 0, end: HEADER_SIZE + sectionCount * DESCRIPTOR_SIZE, of: 'descriptors', index: 0 };
}

/** Where in a record the descriptor of a section stands. */
function descriptorAt(index: number): number {
  return HEADER_SIZE + index * DESCRIPTOR_SIZE;
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
      spans.push({ start, end: next, of: 'sections', index: i });
    }
    for (const [i, { offset, data }] of (record.gaps ?? []).entries()) {
      if (!Number.isInteger(offset) || offset < 0 || !(data instanceof Uint8Array))
        throw new AcpiError('VALUE', 'is no offset with a Uint8Array', `gaps[${i}]`);
      spans.push({ start: offset, end: offset + data.byteLength, of: 'gaps', index: i });
    }
    inOrder(spans, 'VALUE');
    return { starts, end: endOf(spans) };
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
    Header.write(view, offset, record);
    writeMember(RecordHeader, 'sectionCount', view, offset, record.sections.length);
    writeMember(RecordHeader, 'recordLength', view, offset, recordLength);
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
    const at = record + descriptorAt(index);
    Descriptor.write(view, at, each);
    writeMember(SectionDescriptor, 'sectionOffset', view, at, start);
    try {
      const length = this.sections.write(view, record + start, each.section);
      writeMember(SectionDescriptor, 'sectionLength', view, at, length);
    } catch (error) {
      throw within('section', error);
    }
    writeMember(SectionDescriptor, 'sectionType', view, at, this.sections.typeOf(each.section));
  }

  override extent(view: DataView, offset: number, end: number): number {
    const have = end - offset;
    if (have < this.size) throw truncated(this.size, have);
    const length = readMember(RecordHeader, 'recordLength', view, offset);
    if (length < this.size)
      throw new AcpiError('LENGTH', `${length} is less than the header's ${this.size}`, 'recordLength');
    if (length > have) throw truncated(length, have, 'recordLength');
    return length;
  }

  read(view: DataView, offset: number, limit: number, options: DecodeOptions): CperRecordOut<T> {
    if (limit - offset < this.size) throw truncated(this.size, limit - offset);
    // First the signatures: what is no record has no length.
    const value = Header.read(view, offset, offset + HEADER_SIZE, options) as CperRecordOut<T>;
    const length = this.extent(view, offset, limit);
    const sectionCount = readMember(RecordHeader, 'sectionCount', view, offset);
    const head = headSpan(sectionCount);
    if (head.end > length) throw truncated(head.end, length, 'sectionCount');
    const sections: RecordSectionOut<T>[] = [];
    const spans = [head];
    let next = head.end;
    for (let index = 0; index < sectionCount; index++) {
      const at = offset + descriptorAt(index);
      const descriptor = Descriptor.read(view, at, at + DESCRIPTOR_SIZE, options) as RecordSectionOut<T>;
      const start = readMember(SectionDescriptor, 'sectionOffset', view, at);
      const end = start + readMember(SectionDescriptor, 'sectionLength', view, at);
      if (end > length)
        throw new AcpiError('LENGTH', `ends at ${end}, the record at ${length}`, `sections[${index}]`);
      if (start !== next) descriptor.sectionOffset = start;
      sections.push(descriptor);
      spans.push({ start, end, of: 'sections', index });
      next = end;
    }
    const ordered = inOrder(spans, 'LENGTH');
    // Only now, as sections that overlap would have bytes read any number of times.
    for (let index = 0; index < sectionCount; index++) {
      const { start, end } = spans[index + 1]!;
      try {
        const type = readMember(SectionDescriptor, 'sectionType', view, offset + descriptorAt(index));
        sections[index]!.section = this.sections.read(type, view, offset + start, offset + end, options);
      } catch (error) {
        throw within(`sections[${index}].section`, error);
      }
    }
    value.sections = sections;
    const gaps = gapsOf(view, offset, length, ordered);
    if (gaps.length > 0) value.gaps = gaps;
    const lastGap = gaps.at(-1);
    const gapsEnd = lastGap === undefined ? 0 : lastGap.offset + lastGap.data.byteLength;
    if (length !== Math.max(endOf(spans), gapsEnd)) value.recordLength = length;
    return value;
  }
}

/** Bytes that no span has, where one of them is not zero. */
function gapsOf(view: DataView, offset: number, length: number, spans: readonly Span[]): RecordGap[] {
  const gaps: RecordGap[] = [];
  let position = 0;
  for (let i = 0; i <= spans.length; i++) {
    const start = spans[i]?.start ?? length;
    if (start > position) {
      const data = new Uint8Array(view.buffer, view.byteOffset + offset + position, start - position);
      if (data.some((byte) => byte !== 0)) gaps.push({ offset: position, data });
    }
    position = spans[i]?.end ?? length;
  }
  return gaps;
}
