import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type PanicEvent, pvpanic } from '../../../src/devices/pvpanic.ts';
import { FakeGuest } from './fake-bank.ts';
import { slotOf } from './slot.ts';

function machine() {
  const told: PanicEvent[] = [];
  const device = pvpanic.create(slotOf(pvpanic), undefined, { guestPanicked: (event) => told.push(event) });
  return { guest: new FakeGuest(device), told };
}

describe('pvpanic', () => {
  it('offers what a panic can be told by, and no power-off', () => {
    assert.equal(machine().guest.read(0, 1), 3);
  });

  it('tells of a panic, and of one with a crash kernel, without a wait', () => {
    const { guest, told } = machine();
    guest.write(0, 1, 1);
    guest.write(0, 2, 1);
    assert.equal(guest.waits, 0);
    guest.drain();
    assert.deepEqual(told, ['panicked', 'crash-kernel']);
    assert.equal(guest.read(0, 1), 3);
  });

  it('tells of nothing else that is written', () => {
    const { guest, told } = machine();
    for (const value of [0, 4, 0xfc]) guest.write(0, value, 1);
    for (let offset = 1; offset < 0x1000; offset++) guest.write(offset, 0xff, 1);
    guest.write(0, 1, 4);
    guest.drain();
    assert.deepEqual(told, []);
    assert.equal(guest.read64(8), 0n);
  });
});
