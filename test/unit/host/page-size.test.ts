import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { pageSize, pageSizeOf } from '../../../src/host/page-size.ts';
import { entryOffset } from '../../../src/scenario/vmm/frames.ts';

const auxv = (...words: number[]) => new Uint8Array(BigUint64Array.from(words.map(BigInt)).buffer);

test("the host's page size is AT_PAGESZ of the auxiliary vector", () => {
  assert.equal(pageSizeOf(auxv(16, 0xff, 6, 65536, 0, 0)), 65536);
  assert.throws(() => pageSizeOf(auxv(16, 0xff, 0, 0, 6, 4096)), RangeError);
  assert.throws(() => pageSizeOf(new Uint8Array(7)), RangeError);
  assert.equal(pageSize(), Number(execFileSync('getconf', ['PAGESIZE'])));
});

test("an entry of the page map is found by the host's pages, of whatever size", () => {
  assert.equal(entryOffset(0x1_2345, 4096), 0x12 * 8);
  assert.equal(entryOffset(0x1_c345, 16384), 0x7 * 8);
  assert.equal(entryOffset(0xffff_8001_2345, 65536), 0xffff_8001 * 8);
});
