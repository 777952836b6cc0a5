import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { READ_ACK_STRIDE, ReadAckDevice } from '../../../src/devices/read-ack.ts';
import { FakeGuest } from './fake-bank.ts';

function machine(sources = 2) {
  const acknowledged: number[] = [];
  const held: boolean[] = [];
  const device = new ReadAckDevice({
    base: 0x908_0000,
    size: 0x1000,
    sources,
    onAcknowledge: (source) => acknowledged.push(source),
    hold: { set: (on) => held.push(on) },
  });
  const guest = new FakeGuest(device);
  /** Linux: read, keep what HEST preserves, OR what it writes (ghes_ack_error). */
  const acknowledge = (source: number) => {
    const at = source * READ_ACK_STRIDE;
    guest.write(at, (guest.read64(at) & ~1n) | 1n, 8);
  };
  return { device, guest, acknowledged, acknowledge, held };
}

describe('read_ack registers', () => {
  it('stand at acknowledged from the start', () => {
    const { device, guest } = machine();
    assert.equal(device.isSet(0), true);
    assert.equal(guest.read64(8), 1n);
  });

  it('tell of an acknowledgement once, without the guest having to wait', () => {
    const { device, guest, acknowledged, acknowledge } = machine();
    device.clear(1);
    assert.equal(guest.read64(8), 0n);
    acknowledge(1);
    acknowledge(1);
    assert.equal(guest.waits, 0);
    guest.drain();
    assert.deepEqual(acknowledged, [1]);
    assert.equal(device.isSet(1), true);
    assert.equal(device.isSet(0), true);
  });

  it('do not take a write from before the record for its acknowledgement', () => {
    const { device, guest, acknowledged, acknowledge } = machine();
    acknowledge(0);
    device.clear(0);
    guest.drain();
    assert.deepEqual(acknowledged, []);
    assert.equal(device.isSet(0), false);
    acknowledge(0);
    guest.drain();
    assert.deepEqual(acknowledged, [0]);
  });

  it('ignore writes without bit 0, to other sources, and beside the registers', () => {
    const { device, guest, acknowledged } = machine();
    device.clear(0);
    guest.write(0, 0xffff_ffff_ffff_fffen, 8);
    guest.write(8, 1n, 8);
    for (let offset = 1; offset < 0x1000; offset++)
      if (offset !== 8) guest.write(offset, 0xffff_ffff_ffff_ffffn, 8);
    guest.drain();
    assert.deepEqual(acknowledged, []);
    assert.equal(guest.read64(0x800), 0n);
  });

  it('may be told late only while nothing waits for any of them', () => {
    const { device, held } = machine();
    device.awaited(0, false);
    device.awaited(1, true);
    device.awaited(0, false);
    device.awaited(1, false);
    assert.deepEqual(held, [true, false, false, true]);
  });

  it('await nothing after a reset', () => {
    const { device, guest, acknowledged, acknowledge } = machine();
    device.clear(0);
    device.reset();
    assert.equal(device.isSet(0), true);
    acknowledge(0);
    guest.drain();
    assert.deepEqual(acknowledged, []);
  });

  it('must fit into their page', () => {
    assert.throws(() => machine(513), RangeError);
  });
});
