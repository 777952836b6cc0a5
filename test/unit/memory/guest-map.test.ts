import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BackingMemory, GuestMap } from '../../../src/memory/guest-map.ts';
import { FakeMemory } from '../ras/fake-service.ts';

const RAM = 0x4000_0000;
const SIZE = 0x10_0000;

/** RAM, and behind it other memory, of which the first page is left out. */
function bench() {
  const [ram, records] = [new FakeMemory(), new FakeMemory()];
  Object.assign(records, { hva: ram.hva + 0x1000_0000 });
  const map = new GuestMap([
    { gpa: RAM, size: SIZE, memory: ram as unknown as BackingMemory, offset: 0 },
    { gpa: RAM + SIZE, size: 0x1_0000, memory: records as unknown as BackingMemory, offset: 4096 },
  ]);
  return { map, ram, records };
}

test('an address leads to its own memory, and back', () => {
  const { map, ram, records } = bench();
  assert.equal(map.hvaOf(RAM + 5), ram.hva + 5);
  assert.equal(map.hvaOf(RAM + SIZE + 5), records.hva + 4096 + 5);
  for (const gpa of [RAM, RAM + SIZE - 1, RAM + SIZE, RAM + SIZE + 0xffff])
    assert.equal(map.gpaOf(map.hvaOf(gpa)), gpa);
  assert.equal(map.gpaOf(ram.hva + SIZE), undefined);
  assert.equal(map.gpaOf(records.hva + 4095), undefined);
});

test('what is written by address is read by it, in the right memory', () => {
  const { map, records } = bench();
  map.write(RAM + SIZE + 8, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  map.writeU32(RAM + SIZE + 8, 0xaabbccdd);
  assert.equal(map.readU64(RAM + SIZE + 8), 0x0807_0605_aabb_ccddn);
  assert.equal(records.readU64(4096 + 8), 0x0807_0605_aabb_ccddn);
  const got = new Uint8Array(2);
  map.read(RAM + SIZE + 12, got);
  assert.deepEqual([...got], [5, 6]);
});

test('where nothing is, and across two ranges, nothing is read or written', () => {
  const { map } = bench();
  for (const gpa of [RAM - 4, RAM + SIZE - 2, RAM + SIZE + 0x1_0000]) {
    assert.throws(() => map.write(gpa, new Uint8Array(4)), RangeError);
    assert.throws(() => map.writeU32(gpa, 0), RangeError);
    assert.equal(map.readU64(gpa), undefined);
  }
  assert.throws(() => map.hvaOf(RAM - 1), RangeError);
});
