/**
 * Generic Error Status Blocks in a JSON form of our own, around sections as libcper (OpenBMC) has them:
 * `{ errorStatusBlock, sectionDescriptors, sections, rawData }`.
 */

import type { JsonValue } from '../../json/text.ts';
import { fromJson, toJson } from '../../json/value.ts';
import { DataEntryHeader, headerSize } from '../data-entry.ts';
import { BlockStatus, type ErrorStatusBlockIn } from '../gesb.ts';
import { DataEntry, ErrorStatusBlock, type SECTIONS } from '../sections.ts';
import { ENTRY_FORM, severity } from './container.ts';
import { at, base64, type Form, type JsonObject, jsonObject, number, type Values } from './forms.ts';
import { losslessToJson } from './lossless.ts';
import { member, members, needed, object } from './mapping.ts';
import { sectionsFromJson } from './record.ts';
import { sectionToJson } from './sections.ts';

type Block = ErrorStatusBlockIn<typeof SECTIONS>;

/** Status, offset and lengths are given only where they are not what the entries and raw data make them. */
const BLOCK_FORM: Form = object(undefined, [
  member('blockStatus', {
    toJson: (value) => toJson(BlockStatus, value as never),
    fromJson: (json) => fromJson(BlockStatus, json),
  }),
  ...members(number, 'rawDataOffset', 'rawDataLength', 'dataLength'),
  needed('severity', severity),
]);

export function errorStatusBlockToJson(block: Block): JsonObject {
  const { entries, rawData, ...header } = ErrorStatusBlock.decode(ErrorStatusBlock.encode(block));
  const json: JsonObject = {
    errorStatusBlock: BLOCK_FORM.toJson(header)!,
    sectionDescriptors: entries.map((entry) => {
      const header = DataEntry.encode(entry).subarray(0, headerSize(entry.revision));
      return losslessToJson(DataEntryHeader, ENTRY_FORM, header);
    }),
    sections: entries.map(({ section }) => sectionToJson(section)),
  };
  const data = rawData === undefined ? undefined : base64.toJson(rawData);
  return data === undefined ? json : { ...json, rawData: data };
}

/** @throws AcpiError VALUE with the path of the key */
export function errorStatusBlockFromJson(json: JsonValue): Block {
  const block = jsonObject(json);
  const header = at('errorStatusBlock', () => BLOCK_FORM.fromJson(jsonObject(block.errorStatusBlock)));
  const entries = sectionsFromJson(block, DataEntryHeader, ENTRY_FORM, 'dataLength').map(
    ({ descriptor: { sectionType, dataLength, length, ...own }, section }) => ({ ...own, section }),
  );
  const { rawData } = block;
  const value = { ...(header as Values), entries } as unknown as Block;
  return rawData === undefined
    ? value
    : { ...value, rawData: at('rawData', () => base64.fromJson(rawData)) as Uint8Array };
}
