import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlotAllocator } from '../../../src/platform/slots.ts';

const FREE = { window: { base: 0x1000_0000, size: 0x2_0000 }, gsivs: { first: 50, count: 2 } };
const NEEDS = { mmio: 0x200, lines: ['edge'] } as const;

test('what has no place gets the next one, in pages of the largest size', () => {
  const slots = new SlotAllocator(FREE);
  assert.deepEqual(slots.place('a', NEEDS), {
    id: 'a',
    base: 0x1000_0000,
    size: 0x200,
    lines: [{ gsiv: 50, trigger: 'edge' }],
  });
  const { base, lines } = slots.place('b', NEEDS);
  assert.deepEqual([base, lines[0]!.gsiv], [0x1001_0000, 51]);
});

test('a fixed place takes none of the free ones', () => {
  const slots = new SlotAllocator(FREE);
  assert.equal(slots.place('fixed', NEEDS, { at: 0x900_0000, gsivs: [33] }).base, 0x900_0000);
  assert.equal(slots.place('free', NEEDS).base, 0x1000_0000);
});

test('a device without registers has no address, and collides with none', () => {
  const slots = new SlotAllocator(FREE);
  for (const id of ['a', 'b'])
    assert.deepEqual([slots.place(id, {}).base, slots.place(`${id}2`, {}).size], [0, 0]);
});

test('places, interrupts and names are taken once, and only while there are any', () => {
  const slots = new SlotAllocator(FREE);
  slots.place('a', NEEDS, { at: 0x900_0000, gsivs: [33] });
  assert.throws(() => slots.place('b', NEEDS, { at: 0x900_0100, gsivs: [34] }), /b collides with a/);
  assert.throws(() => slots.place('b', NEEDS, { at: 0x901_0000, gsivs: [33] }), /b collides with a/);
  assert.throws(() => slots.place('a', NEEDS), /a collides with a/);
  assert.throws(() => slots.place('c', NEEDS, { gsivs: [] }), /0 interrupts for 1 lines/);
  assert.throws(() => slots.place('d', { mmio: 0x4_0000 }), /d: no room/);
  slots.place('e', NEEDS);
  assert.throws(() => slots.place('f', NEEDS), /f: no interrupt is left/);
});
