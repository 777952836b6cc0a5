/** libcper's JSON form, against libcper's own answers. test/fixtures/cper/README.md says how they were made. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  CperRecord,
  cperRecordFromJson,
  cperRecordToJson,
  type JsonValue,
  parseJson,
  SECTIONS,
} from '@rasvm/acpi';
import { hex } from './hex.ts';

const FIXTURES = new URL('../../fixtures/cper/', import.meta.url);

interface Fixture {
  readonly record: string;
  readonly isLossless: boolean;
  readonly answer: JsonValue;
}

function fixturesOf(kind: string): Fixture[] {
  const lines = readFileSync(new URL(`${kind}.jsonl`, FIXTURES), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => parseJson(line) as unknown as Fixture);
}

/** Keys of which libcper says what is not so, for the reasons that the fixtures' README has. */
const WRONG = [
  'Memory2.physicalAddress',
  'ArmProcessor.errorInfo.errorInformation.busError.accessMode',
  'Pcie.deviceID.segmentNumber_Hex',
  'Pcie.deviceID.slotNumber_Hex',
  'Pcie.capabilityStructure.pcie_capabilities.device_port_type.value',
  'Pcie.capabilityStructure.device_status.emergency_power_reduction',
  'Pcie.capabilityStructure.link_capabilities2',
  'Pcie.capabilityStructure.link_control2',
  'Pcie.capabilityStructure.link_status2',
  'Pcie.aerInfo.root_error_status.advanced_error_interrupt_message_number',
  'GenericDmar.architectureType.name',
];

/** Without our own key, and without those that libcper has wrong. */
function comparable(json: JsonValue, path = ''): JsonValue {
  if (Array.isArray(json)) return json.map((each) => comparable(each, path));
  if (typeof json !== 'object' || json === null) return json;
  const result: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(json)) {
    const inside = path === '' ? key : `${path}.${key}`;
    const isWrong = WRONG.includes(inside.replace('sections.', ''));
    if (key !== 'rasvm' && !isWrong) result[key] = comparable(value, inside);
  }
  // The message has the address.
  if ('Memory2' in json) delete result.message;
  return result;
}

const decode = (record: string) => CperRecord.decode(Uint8Array.from(Buffer.from(record, 'hex')));

test('there are answers for every kind of section', () => {
  const found = readdirSync(FIXTURES).filter((name) => name.endsWith('.jsonl'));
  assert.deepEqual(
    found.sort(),
    Object.keys(SECTIONS)
      .map((kind) => `${kind}.jsonl`)
      .sort(),
  );
});

for (const kind of Object.keys(SECTIONS)) {
  test(`${kind}: our JSON is libcper's`, () => {
    for (const { record, answer } of fixturesOf(kind))
      assert.deepEqual(comparable(cperRecordToJson(decode(record))), comparable(answer), record);
  });

  test(`${kind}: libcper's JSON gives the record back, as far as it holds it`, () => {
    for (const { record, isLossless, answer } of fixturesOf(kind)) {
      const value = cperRecordFromJson(answer);
      if (isLossless) assert.equal(hex(CperRecord.encode(value)), hex(Buffer.from(record, 'hex')), record);
      assert.deepEqual(comparable(cperRecordToJson(value)), comparable(answer), record);
    }
  });
}
