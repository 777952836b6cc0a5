import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as zlib from 'node:zlib';
import { crc32 } from '../../../src/core/crc32.ts';

test('the check value of CRC-32 is that of "123456789"', () => {
  assert.equal(crc32(Buffer.from('123456789')), 0xcbf4_3926);
});

test("it is zlib's", () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * i) & 0xff);
  assert.equal(crc32(bytes), zlib.crc32(bytes));
});
