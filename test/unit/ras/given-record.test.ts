import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorStatusBlock, Severity } from '@rasvm/acpi';
import { givenRecord } from '../../../src/ras/records/given-record.ts';
import { ERROR_BLOCK_LENGTH } from '../../../src/ras/sources/record-area.ts';

const HEADER = 20 + 72;

/** A block whose one section, of a type that nobody knows, fills it up to `length` bytes. */
function block(length: number, severity = Severity.Corrected as number): Uint8Array {
  const sectionType = '00112233-4455-6677-8899-aabbccddeeff';
  const section = { kind: 'unknown', sectionType, data: new Uint8Array(length - HEADER).fill(0xa5) } as const;
  return ErrorStatusBlock.encode({ severity, entries: [{ severity, section }] });
}

const usage = (message: RegExp) => ({ code: 'USAGE', message });

test('a record is taken as it is, whatever its sections are, up to the length of the block', () => {
  const bytes = block(ERROR_BLOCK_LENGTH, Severity.Informational);
  assert.equal(bytes.length, ERROR_BLOCK_LENGTH);
  assert.deepEqual(givenRecord(bytes), { bytes, severity: 'informational' });
  assert.equal(givenRecord(block(100, 7)).severity, '7');
});

test('what a source cannot give, or a guest would not take, is refused with what is wrong', () => {
  assert.throws(() => givenRecord(block(ERROR_BLOCK_LENGTH + 1)), usage(/more than 4096 bytes/));
  assert.throws(
    () => givenRecord(new Uint8Array()),
    usage(/no Generic Error Status Block: .*needs 20 bytes/),
  );
  assert.throws(() => givenRecord(block(100).subarray(0, 99)), usage(/no Generic Error Status Block/));
  assert.throws(() => givenRecord(Uint8Array.of(...block(100), 0)), usage(/ends after 100 of 101 bytes/));
  const empty = block(100);
  empty.fill(0, 0, 4);
  assert.throws(() => givenRecord(empty), usage(/block status of zero/));
});
