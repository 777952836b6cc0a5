/** Whole records in the JSON form of libcper (OpenBMC), both directions. */

import type { AnyCodec } from '../../codec.ts';
import { AcpiError } from '../../errors.ts';
import { toHex } from '../../json/hex.ts';
import type { JsonValue } from '../../json/text.ts';
import type { CperRecordIn, RecordGap } from '../record.ts';
import { RecordHeader } from '../record-header.ts';
import { SectionDescriptor } from '../section-descriptor.ts';
import { CperRecord, type SECTIONS, type SectionInput } from '../sections.ts';
import { DESCRIPTOR_FORM, HEADER_FORM } from './container.ts';
import {
  at,
  type Form,
  hexBytes,
  type JsonObject,
  jsonArray,
  jsonObject,
  number,
  type Values,
} from './forms.ts';
import { losslessFromJson, losslessToJson, OWN_KEY } from './lossless.ts';
import { sectionBytesToJson, sectionFromJson } from './sections.ts';

type Record = CperRecordIn<typeof SECTIONS>;

/** The record in libcper's form; what that cannot carry stands under keys called `rasvm`. */
export function cperRecordToJson(record: Record): JsonObject {
  const bytes = CperRecord.encode(record);
  const descriptors = record.sections.map((_, index) => {
    const start = RecordHeader.size + index * SectionDescriptor.size;
    const descriptor = bytes.subarray(start, start + SectionDescriptor.size);
    return { descriptor, value: SectionDescriptor.decode(descriptor) };
  });
  const json = {
    header: losslessToJson(RecordHeader, HEADER_FORM, bytes.subarray(0, RecordHeader.size)),
    sectionDescriptors: descriptors.map(({ descriptor, value }) =>
      losslessToJson(SectionDescriptor, DESCRIPTOR_FORM, descriptor, value),
    ),
    sections: descriptors.map(({ value: { sectionOffset, sectionLength } }, i) =>
      sectionBytesToJson(
        record.sections[i]!.section.kind,
        bytes.subarray(sectionOffset, sectionOffset + sectionLength),
      ),
    ),
  };
  const gaps = record.gaps?.map(({ offset, data }) => ({ offset, data: toHex(data) })) ?? [];
  return gaps.length === 0 ? json : { ...json, [OWN_KEY]: { gaps } };
}

/**
 * The record of libcper's form. `sectionCount`, `recordLength` and `sectionOffset` may be left out; they are worked
 * out then. `sectionLength` is what the section has.
 * @throws AcpiError VALUE with the path of the key
 */
export function cperRecordFromJson(json: JsonValue): Record {
  const record = jsonObject(json);
  const { sectionCount, ...header } = at(
    'header',
    () => losslessFromJson(RecordHeader, HEADER_FORM, jsonObject(record.header)) as Values,
  );
  const sections = sectionsFromJson(record, SectionDescriptor, DESCRIPTOR_FORM, 'sectionLength').map(
    ({ descriptor: { sectionLength, sectionType, ...own }, section }) => ({ ...own, section }),
  );
  if (sectionCount !== undefined && sectionCount !== sections.length)
    throw new AcpiError(
      'VALUE',
      `is ${sectionCount}, but there are ${sections.length}`,
      'header.sectionCount',
    );
  const own = record[OWN_KEY];
  const value = { ...header, sections } as unknown as Record;
  return own === undefined ? value : { ...value, gaps: at(OWN_KEY, () => gapsFromJson(jsonObject(own))) };
}

function gapsFromJson(json: JsonObject): RecordGap[] {
  return at('gaps', () => jsonArray(json.gaps)).map((gap, i) =>
    at(`gaps[${i}]`, () => {
      const { offset, data } = jsonObject(gap);
      return {
        offset: at('offset', () => number.fromJson(offset ?? null) as number),
        data: at('data', () => hexBytes.fromJson(data ?? null) as Uint8Array),
      };
    }),
  );
}

/** Sections with their descriptors, which stand side by side in JSON. */
export function sectionsFromJson(
  json: JsonObject,
  codec: AnyCodec,
  form: Form,
  lengthName: string,
): { descriptor: Values; section: SectionInput }[] {
  const descriptors = at('sectionDescriptors', () => jsonArray(json.sectionDescriptors)).map((each, i) =>
    at(`sectionDescriptors[${i}]`, () => losslessFromJson(codec, form, each) as Values),
  );
  const sections = at('sections', () => jsonArray(json.sections));
  if (descriptors.length !== sections.length)
    throw new AcpiError(
      'VALUE',
      `has ${sections.length}, but there are ${descriptors.length} descriptors`,
      'sections',
    );
  return descriptors.map((descriptor, i) => ({
    descriptor,
    section: at(`sections[${i}]`, () =>
      sectionFromJson(
        descriptor.sectionType as string,
        jsonObject(sections[i]),
        descriptor[lengthName] as number | undefined,
      ),
    ),
  }));
}
