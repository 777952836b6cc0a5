/** Generic Error Data Entry: ACPI 6.5, section 18.3.2.7.1, table 18.12; the fields as in UEFI 2.11, N.2.2. */

import { Codec, type DecodeOptions, truncated } from '../codec.ts';
import { within } from '../errors.ts';
import {
  ascii,
  bits,
  type Decoded,
  type Encodable,
  flag,
  guid,
  partOfByte,
  range,
  readMember,
  struct,
  u8,
  u16,
  u32,
  writeMember,
  ZERO_GUID,
} from '../struct.ts';
import { SECTION_FLAGS } from './section-flags.ts';
import type { SectionIn, SectionOut, SectionSet, SectionTypes } from './section-set.ts';
import { Severity } from './severity.ts';
import { timestamp } from './timestamp.ts';

/** Revision from which an entry has a timestamp, and the one that is encoded unless given. */
export const ENTRY_REVISION = 0x300;

/** The entry without its section: 72 bytes, 64 before revision 0x300. */
export const DataEntryHeader = struct(
  'Generic error data entry',
  {
    sectionType: guid.default(ZERO_GUID).doc('GUID of the section that follows'),
    severity: u32.values(Severity).doc('Severity of this section'),
    revision: u16.default(ENTRY_REVISION).doc('0x300; 0x201 has no timestamp'),
    validationBits: u8.validation().doc('Which of FRU id, FRU text and timestamp hold something'),
    flags: bits(8, SECTION_FLAGS).orZero().doc('Section flags'),
    dataLength: u32.default(0).doc('Bytes of the section'),
    fruId: guid.validBy(0).doc('Field replaceable unit'),
    fruText: ascii(20).validBy(1).doc('Name of the field replaceable unit'),
    timestamp: timestamp.since(72).validBy(2).doc('When, in UTC'),
    timestampPrecise: partOfByte(flag(0)).since(72).at(67).orZero().doc('The time is exact'),
    timestampReserved: partOfByte(range(1, 7)).since(72).at(67).reserved(),
  },
  { source: 'ACPI 6.5, 18.3.2.7.1, table 18.12' },
);

/** What of it does not follow from the section and the revision. */
const Header = DataEntryHeader.without('sectionType', 'dataLength', 'length');

export type DataEntryOut<T extends SectionTypes> = Decoded<typeof Header> & { section: SectionOut<T> };
export type DataEntryIn<T extends SectionTypes> = Encodable<typeof Header> & {
  readonly section: SectionIn<T>;
};

/** Bytes of an entry of this revision before its section. */
export function headerSize(revision: number): number {
  return revision >= ENTRY_REVISION ? DataEntryHeader.size : DataEntryHeader.minSize;
}

/** An entry with its section. */
export class DataEntryCodec<T extends SectionTypes> extends Codec<DataEntryOut<T>, DataEntryIn<T>> {
  readonly name = 'Generic error data entry';
  readonly sections: SectionSet<T>;

  constructor(sections: SectionSet<T>) {
    super();
    this.sections = sections;
  }

  override get variable(): boolean {
    return true;
  }

  get size(): number {
    return DataEntryHeader.size;
  }

  override get minSize(): number {
    return DataEntryHeader.minSize;
  }

  override sizeOf(entry: DataEntryIn<T>): number {
    try {
      return headerSize(entry.revision ?? ENTRY_REVISION) + this.sections.sizeOf(entry.section);
    } catch (error) {
      throw within('section', error);
    }
  }

  override extent(view: DataView, offset: number, end: number): number {
    const have = end - offset;
    if (have < this.minSize) throw truncated(this.minSize, have);
    const size =
      headerSize(readMember(DataEntryHeader, 'revision', view, offset)) +
      readMember(DataEntryHeader, 'dataLength', view, offset);
    if (size > have) throw truncated(size, have);
    return size;
  }

  write(view: DataView, offset: number, entry: DataEntryIn<T>): number {
    const length = headerSize(entry.revision ?? ENTRY_REVISION);
    // Values do not have the length, but ask for a form by it.
    Header.write(view, offset, (length === Header.size ? entry : { ...entry, length }) as never);
    try {
      const dataLength = this.sections.write(view, offset + length, entry.section);
      writeMember(DataEntryHeader, 'dataLength', view, offset, dataLength);
      writeMember(DataEntryHeader, 'sectionType', view, offset, this.sections.typeOf(entry.section));
      return length + dataLength;
    } catch (error) {
      throw within('section', error);
    }
  }

  read(view: DataView, offset: number, end: number, options: DecodeOptions): DataEntryOut<T> {
    const size = this.extent(view, offset, end);
    const start = offset + headerSize(readMember(DataEntryHeader, 'revision', view, offset));
    const entry = Header.read(view, offset, start, options) as DataEntryOut<T>;
    try {
      const type = readMember(DataEntryHeader, 'sectionType', view, offset);
      entry.section = this.sections.read(type, view, start, offset + size, options);
      return entry;
    } catch (error) {
      throw within('section', error);
    }
  }
}
