import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ARM_RAS_ERROR,
  ArmRasAuxiliaryData,
  ArmRasComponentType,
  ArmRasContext,
  ArmRasError,
  ArmRasErrorRecord,
  ArmRasInstanceFormat,
  ArmRasKeyValue,
  ArmRasRegister,
  type Encodable,
} from '@rasvm/acpi';
import { guidOf } from './guid.ts';
import { hex } from './hex.ts';

const unhex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const offsetsOf = (codec: { readonly fields: readonly { name: string; offset: number; size: number }[] }) =>
  Object.fromEntries(codec.fields.filter(({ size }) => size > 0).map(({ name, offset }) => [name, offset]));

test("structures are those of Arm's document", () => {
  assert.equal(
    ARM_RAS_ERROR,
    guidOf('{0xBF32D4D5, 0xB427, 0x4025, {0x84, 0x95, 0x8A, 0x9E, 0x5D, 0x40, 0x30, 0xE4}}'),
  );
  assert.equal(ArmRasError.size, 80);
  assert.deepEqual(offsetsOf(ArmRasError), {
    revision: 0,
    componentType: 4,
    reserved: 5,
    errorRecordCount: 8,
    errorRecordOffset: 12,
    auxiliaryDataOffset: 14,
    ipInstanceFormat: 16,
    ipTypeFormat: 17,
    reserved2: 18,
    ipInstance: 24,
    ipType: 40,
    userData: 64,
  });
  assert.deepEqual(
    [
      ArmRasErrorRecord.size,
      ArmRasAuxiliaryData.size,
      ArmRasContext.size,
      ArmRasRegister.size,
      ArmRasKeyValue.size,
    ],
    [72, 16, 16, 16, 24],
  );
  assert.equal(ArmRasErrorRecord.field('status').offset, 24);
  assert.equal(ArmRasErrorRecord.field('misc3').offset, 64);
  assert.equal(ArmRasContext.field('addressSpaceId').offset, 8);
});

const head: Encodable<typeof ArmRasError> = {
  componentType: ArmRasComponentType.Gic,
  ipInstanceFormat: ArmRasInstanceFormat.SystemPhysicalAddress,
  ipInstance: [0x2f00_0000n, 0n],
  userData: 'GIC',
  errorRecords: [
    { index: 3, rasRevision: { architectureVersion: 2, revision: 1 }, status: 0x2600_0000n, misc3: 1n },
  ],
};
const headHex = [
  '01000000 04 000000 01000000 5000 AUX 01 ff 000000000000',
  '0000002f00000000 0000000000000000',
  '00'.repeat(24),
  `474943${'00'.repeat(13)}`,
  '03000000 12 000000',
  `${'00'.repeat(16)} 0000002600000000 ${'00'.repeat(32)} 0100000000000000`,
]
  .join('')
  .replaceAll(' ', '');

test('a section without auxiliary data, byte by byte', () => {
  const bytes = ArmRasError.encode(head);
  assert.equal(hex(bytes), headHex.replace('AUX', '0000'));
  assert.equal(ArmRasError.decode(bytes).auxiliaryData, undefined);
});

test('a section with auxiliary data, byte by byte', () => {
  const auxiliaryData = {
    contexts: [{ flags: { local: true }, addressSpaceId: 7, registers: [{ address: 0x10n, value: 0x20n }] }],
    keyValues: [{ key: 'ebb45182-fb03-4bf9-9aca-8613709fd789', value: 5n }],
  };
  const text = [
    headHex.replace('AUX', '9800'),
    '01 00 0100 48000000 30000000 0100 0000', // 72 bytes, keys at 48
    '20000000 01 00 0100 0700 000000000000 1000000000000000 2000000000000000',
    '8251b4eb 03fb f94b 9aca8613709fd789 0500000000000000',
  ].join('');
  const bytes = ArmRasError.encode({ ...head, auxiliaryData });
  assert.equal(hex(bytes), text.replaceAll(' ', ''));
  assert.deepEqual(ArmRasError.decode(bytes).auxiliaryData, auxiliaryData);
});

test('bytes behind a section without auxiliary data are not taken for them', () => {
  const bytes = new Uint8Array([...ArmRasError.encode(head), ...new Array(40).fill(0xee)]);
  const value = ArmRasError.decode(bytes);
  assert.equal(value.auxiliaryData, undefined);
  assert.deepEqual(value.trailing, unhex('ee'.repeat(40)));
  assert.equal(hex(ArmRasError.encode(value)), hex(bytes));
});

test('offsets and counts that do not hold are errors', () => {
  const bytes = ArmRasError.encode(head);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, 0xffff_ffff, true);
  assert.throws(() => ArmRasError.decode(bytes), { code: 'TRUNCATED', field: 'errorRecords[1]' });
  view.setUint32(8, 1, true);
  view.setUint16(14, 150, true);
  assert.throws(() => ArmRasError.decode(bytes), { name: 'AcpiError' });
  view.setUint16(14, 0xffff, true);
  assert.throws(() => ArmRasError.decode(bytes), { code: 'LENGTH', field: 'auxiliaryDataOffset' });
});
