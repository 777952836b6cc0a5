/** Rules that hold for every layout, made from its declaration: what it says of each member. */

import { Bits, Part } from '../bits.ts';
import { type AnyCodec, Ascii, Guid, guid, type Names, ZERO_GUID } from '../codec.ts';
import { Timestamp } from '../cper/timestamp.ts';
import { AcpiError } from '../errors.ts';
import type { FieldInfo } from '../layout.ts';
import { FixedArray, type Place } from '../struct.ts';
import { type FindingKind, kinds } from './finding.ts';
import { DECODING, type Report } from './report.ts';
import { alsoHeld, isNamed, STRUCTURE_RULES } from './structures.ts';
import { isValid, join, type MemberAt, numberAt, type StructureAt, validationOf, walk } from './walk.ts';

export const LAYOUT = kinds('specification', 'the layout of the structure', {
  RESERVED_NOT_ZERO: { severity: 'warning', meaning: 'Reserved bits or bytes are set' },
  UNKNOWN_VALUE: {
    severity: 'warning',
    meaning: 'A member has a value that its specification does not name',
  },
  UNUSUAL_VALUE: { severity: 'warning', meaning: 'A member that has one usual value has another' },
  COUNT: { severity: 'error', meaning: 'A count is not the number of elements that there are' },
  STATED_LENGTH: { severity: 'error', meaning: 'A length is not that of the structure that states it' },
  CONTENT_WITHOUT_VALIDATION_BIT: {
    severity: 'warning',
    meaning: 'A member has content, and its validation bit is clear: readers ignore it',
  },
  VALIDATION_BIT_UNKNOWN: { severity: 'warning', meaning: 'A validation bit is set that no member has' },
  VALIDATION_BIT_BEYOND_LENGTH: {
    severity: 'error',
    meaning: 'A validation bit is set, and the structure ends before the member that it stands for',
  },
  VALID_BUT_EMPTY: {
    severity: 'warning',
    meaning: 'A validation bit is set, and there is nothing in the member that it stands for',
  },
  TIMESTAMP_INVALID: { severity: 'warning', meaning: 'A timestamp is no date and time in BCD' },
  TEXT_NOT_PRINTABLE: { severity: 'warning', meaning: 'A text has characters that cannot be printed' },
  TRAILING_BYTES: { severity: 'note', meaning: 'Bytes follow that no known revision of the structure has' },
  UNKNOWN_STRUCTURE: { severity: 'note', meaning: 'A structure is of a type that is not known' },
  STRUCTURE_LENGTH: {
    severity: 'warning',
    meaning: 'A structure has none of the lengths that its type can have',
  },
  UNKNOWN_SECTION: { severity: 'note', meaning: 'A section is of a type that is not known' },
  SECTION_LENGTH: { severity: 'error', meaning: 'A section is shorter than its type' },
});

/** Checks what a codec stands for between `start` and `end`, and notes in the report where each member is. */
export function checkLayout(report: Report, codec: AnyCodec, start: number, end: number): void {
  walk(codec, report.view, start, end, {
    structure: (at) => {
      for (const { field, start: from, end: to } of at.places)
        report.places.set(join(at.path, field.name), { offset: from, size: to - from });
      checkStructure(report, at);
    },
    member: (at) => {
      report.places.set(at.path, { offset: at.start, size: at.end - at.start });
      checkMember(report, at);
    },
    unknown: (path, union, from, to, known) => {
      const { tag, tagAt = 0 } = union.options;
      const tagBytes = report.bytes.subarray(from + tagAt, Math.min(from + tagAt + tag, to));
      if (known === undefined)
        report.tell(LAYOUT.UNKNOWN_STRUCTURE, path, `type ${typeOf(tagBytes)} is no known ${union.name}`, {
          offset: from,
        });
      else
        report.tell(LAYOUT.STRUCTURE_LENGTH, path, `${to - from} bytes are no length of ${known}`, {
          offset: from,
        });
    },
    section: (path, type, from, to, known) => {
      if (known === undefined)
        report.tell(LAYOUT.UNKNOWN_SECTION, path, `${type} is no known section type`, { offset: from });
      else
        report.tell(LAYOUT.SECTION_LENGTH, path, `${to - from} bytes are too few for ${known}`, {
          offset: from,
        });
    },
    fault: (path, error) => report.tellError(error, path),
  });
}

function checkStructure(report: Report, at: StructureAt): void {
  checkValidation(report, at);
  const source = at.struct.source;
  for (const place of at.places) {
    const { field } = place;
    const path = join(at.path, field.name);
    const { derivation } = field;
    if (derivation?.from === 'checksum') checkSum(report, at, place, path);
    else if (derivation?.from === 'size') checkStatedLength(report, at, place, path);
    else if (derivation?.from === 'count') checkCount(report, at, place, path, derivation.of);
    else if (field.name === 'trailing' && place.end > place.start)
      report.tell(LAYOUT.TRAILING_BYTES, path, `${place.end - place.start} bytes follow`, { source });
  }
  STRUCTURE_RULES.get(at.struct)?.(report, at);
}

/** Validation bits against what stands behind them. */
function checkValidation(report: Report, { path, struct, start, places }: StructureAt): void {
  const { validation } = struct.layout;
  if (validation === undefined || !places.some(({ field }) => field === validation)) return;
  const { source } = struct;
  const bits = validationOf(struct, report.view, start, places);
  const bitsPath = join(path, validation.name);
  let known = 0n;
  for (const field of struct.fields) {
    if (field.validBit === undefined) continue;
    for (const bit of [field.validBit, ...(field.moreValidBits ?? [])]) known |= 1n << BigInt(bit);
    const place = places.find((each) => each.field === field);
    const own = join(path, field.name);
    if (isValid(field, bits)) {
      if (place === undefined && field.condition === undefined)
        report.tell(
          LAYOUT.VALIDATION_BIT_BEYOND_LENGTH,
          own,
          `bit ${field.validBit} is set, and the structure ends before it`,
          { source, offset: start + validation.offset },
        );
    } else if (
      place !== undefined &&
      hasContent(report, place) &&
      !covered(field, places, bits) &&
      !alsoHeld(struct, field.name, bits)
    )
      report.tell(
        LAYOUT.CONTENT_WITHOUT_VALIDATION_BIT,
        own,
        `has content, and bit ${field.validBit} of ${validation.name} is clear`,
        { source },
      );
  }
  if ((bits & ~known) !== 0n)
    report.tell(
      LAYOUT.VALIDATION_BIT_UNKNOWN,
      bitsPath,
      `0x${(bits & ~known).toString(16)} stands for no member`,
      {
        source,
      },
    );
}

function hasContent(report: Report, { field, start, end }: Place): boolean {
  if (field.codec instanceof Part) return Boolean(field.codec.read(report.view, start));
  return report.bytes.subarray(start, end).some((byte) => byte !== 0);
}

/** Are the member's bytes those of another one that is valid? */
function covered(field: FieldInfo, places: readonly Place[], bits: bigint): boolean {
  return places.some(
    ({ field: other }) =>
      other !== field &&
      other.validBit !== undefined &&
      !other.codec.partial &&
      other.offset < field.offset + field.size &&
      field.offset < other.offset + other.size &&
      isValid(other, bits),
  );
}

function checkSum(report: Report, at: StructureAt, { start, end, field }: Place, path: string): void {
  const span = field.derivation?.from === 'checksum' ? field.derivation.span : undefined;
  const { length } = at.struct.layout;
  const declared =
    length === undefined ? undefined : Number(numberAt(report.view, at.start + length.offset, length));
  const bytes = span ?? declared ?? at.end - at.start;
  // What is cut off has no sum.
  if (at.start + bytes > report.bytes.byteLength) return;
  let sum = 0;
  for (const [i, byte] of report.bytes.subarray(at.start, at.start + bytes).entries())
    if (at.start + i < start || at.start + i >= end) sum += byte;
  const expected = field.size === 1 ? -sum & 0xff : -sum >>> 0;
  const found = numberAt(report.view, start, field);
  if (found !== BigInt(expected))
    report.tell(
      DECODING.CHECKSUM,
      path,
      `is 0x${found.toString(16)}; with 0x${expected.toString(16)} the first ${bytes} bytes sum up to zero`,
      { source: at.struct.source },
    );
}

function checkCount(report: Report, at: StructureAt, place: Place, path: string, of: string): void {
  const tail = at.places.find(({ field }) => field.name === of);
  if (tail === undefined) return;
  let found: unknown;
  try {
    found = tail.field.codec.read(report.view, tail.start, tail.end, { checksum: 'keep' });
  } catch (error) {
    // That has a finding of its own.
    if (error instanceof AcpiError) return;
    throw error;
  }
  if (!Array.isArray(found)) return;
  const declared = numberAt(report.view, place.start, place.field);
  if (declared !== BigInt(found.length))
    report.tell(
      LAYOUT.COUNT,
      path,
      `is ${declared}, there ${found.length === 1 ? 'is' : 'are'} ${found.length}`,
      {
        source: at.struct.source,
      },
    );
}

/** A length that only states what is there. */
function checkStatedLength(report: Report, at: StructureAt, place: Place, path: string): void {
  const end = Math.max(...at.places.map((each) => each.end));
  const declared = numberAt(report.view, place.start, place.field);
  if (declared !== BigInt(end - at.start))
    report.tell(LAYOUT.STATED_LENGTH, path, `is ${declared}, the structure has ${end - at.start} bytes`, {
      source: at.struct.source,
    });
}

function checkMember(report: Report, at: MemberAt): void {
  const { path, codec, start, end, field, struct, valid } = at;
  if (!valid) return;
  // What is found is the fault of the structure's specification.
  const tell = (kind: FindingKind, own: string, reason: string) =>
    report.tell(kind, own, reason, { source: struct?.source });
  if (codec instanceof Bits) checkBits(report, path, codec as unknown as Bits<never>, start, tell);
  if (codec.variable || codec instanceof FixedArray || end - start !== codec.size) return;
  const value = codec.read(report.view, start, end, {});
  checkNames(path, value, codec instanceof Part ? codec.part.names : field?.names, tell);
  if (field === undefined) return;
  const { derivation } = field;
  if (
    derivation?.from === 'zero' &&
    derivation.reserved === true &&
    hasContent(report, { field, start, end })
  )
    tell(LAYOUT.RESERVED_NOT_ZERO, path, `is reserved, and is ${show(value)}`);
  if (codec === field.codec) checkDeclared(path, field, value, tell);
}

type Tell = (kind: FindingKind, path: string, reason: string) => void;

function checkDeclared(path: string, field: FieldInfo, value: unknown, tell: Tell): void {
  const { codec, role, constant, derivation, validBit } = field;
  if (role === 'constant' && value !== constant)
    tell(DECODING.MISMATCH, path, `is ${show(value)}, not ${show(constant)}`);
  if (derivation?.from === 'value' && value !== derivation.value)
    tell(LAYOUT.UNUSUAL_VALUE, path, `is ${show(value)}, not ${show(derivation.value)}`);
  if (validBit !== undefined) {
    if (codec instanceof Timestamp && !(value instanceof Date))
      tell(LAYOUT.TIMESTAMP_INVALID, path, `${show(value)} is no date and time`);
    else if ((codec instanceof Guid && value === ZERO_GUID) || (codec instanceof Ascii && value === ''))
      tell(LAYOUT.VALID_BUT_EMPTY, path, `is empty, and its validation bit ${validBit} is set`);
  }
  if (codec instanceof Ascii && typeof value === 'string' && !/^[\x20-\x7e]*\0*$/.test(value))
    tell(LAYOUT.TEXT_NOT_PRINTABLE, path, `${JSON.stringify(value)} cannot be printed`);
}

function checkBits(report: Report, path: string, codec: Bits<never>, start: number, tell: Tell): void {
  const value: Readonly<Record<string, unknown>> = codec.read(report.view, start);
  if (typeof value.reserved === 'bigint')
    tell(
      LAYOUT.RESERVED_NOT_ZERO,
      join(path, 'reserved'),
      `bits 0x${value.reserved.toString(16)} are reserved`,
    );
  const ranges: Readonly<Record<string, { readonly names?: Names | undefined }>> = codec.ranges;
  for (const name in ranges) checkNames(join(path, name), value[name], ranges[name]!.names, tell);
}

function checkNames(path: string, value: unknown, names: Names | undefined, tell: Tell): void {
  if (names === undefined || (typeof value !== 'number' && typeof value !== 'bigint')) return;
  if (!isNamed(Number(value), names))
    tell(LAYOUT.UNKNOWN_VALUE, path, `${show(value)} has no name: there are ${list(names)}`);
}

/** The first names of a long enumeration are enough. */
function list(names: Names): string {
  const all = Object.entries(names).map(([name, value]) => `${value} ${name}`);
  return all.length > 12 ? `${all.slice(0, 12).join(', ')} and ${all.length - 12} more` : all.join(', ');
}

/** A type as its number, or as the GUID that it is. */
function typeOf(tag: Uint8Array): string {
  if (tag.byteLength === 16) return guid.decode(tag);
  return String(tag.reduceRight((number, byte) => number * 256 + byte, 0));
}

/** A value as a reason shows it. */
export function show(value: unknown): string {
  if (typeof value === 'bigint') return `0x${value.toString(16)}`;
  if (typeof value === 'number') return value < 10 ? `${value}` : `${value} (0x${value.toString(16)})`;
  if (value instanceof Uint8Array)
    return Array.from(value.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return JSON.stringify(value) ?? String(value);
}
