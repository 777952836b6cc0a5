import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIRMWARE, FirmwareError, FirmwareErrorType } from '@rasvm/acpi';
import { hex } from './hex.ts';

const unhex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));

test('the firmware error record reference has the places of UEFI, N.2.10', () => {
  assert.equal(FIRMWARE.sectionType, '81212a96-09ed-4996-9471-8d729c8e69ed');
  assert.deepEqual(
    FirmwareError.fields.map(({ name, offset, size }) => [name, offset, size]),
    [
      ['errorType', 0, 1],
      ['revision', 1, 1],
      ['reserved', 2, 6],
      ['recordId', 8, 8],
      ['recordGuid', 16, 16],
      ['record', 32, 0],
    ],
  );
});

test('a SoC record is named by its GUID, and follows', () => {
  // The GUID by which Intel's crash logs go.
  const value = {
    errorType: FirmwareErrorType.SocType2,
    revision: 2,
    recordGuid: '8f87f311-c998-4d9e-a0c4-6065518c4f6d',
    record: unhex('deadbeef'),
  };
  const data = '0202 000000000000 0000000000000000 11f3878f98c99e4da0c46065518c4f6d deadbeef'.replaceAll(
    ' ',
    '',
  );
  assert.equal(hex(FirmwareError.encode(value)), data);
  assert.deepEqual(FirmwareError.decode(unhex(data)), value);
});

test('revision 0 ends before the GUID', () => {
  const value = { errorType: FirmwareErrorType.IpfSal, revision: 0, recordId: 0x1122n, length: 16 };
  assert.equal(hex(FirmwareError.encode(value)), '0000000000000000' + '2211000000000000');
  assert.deepEqual(FirmwareError.decode(unhex('00000000000000002211000000000000')), value);
  assert.throws(() => FirmwareError.decode(new Uint8Array(15)), { code: 'TRUNCATED' });
});
