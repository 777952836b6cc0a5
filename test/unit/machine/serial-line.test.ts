import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pl011, Pl011Device, pl011 } from '../../../src/devices/pl011.ts';
import { SerialLine } from '../../../src/machine/serial-line.ts';
import { FakeGuest } from '../devices/fake-bank.ts';
import { slotOf } from '../devices/slot.ts';

function line(write: (bytes: Uint8Array) => boolean = () => true) {
  let wanted = 0;
  const holds: boolean[] = [];
  const device = new Pl011Device(slotOf(pl011));
  const serial = new SerialLine(
    device,
    { write, onWanted: () => wanted++ },
    { set: (on) => void holds.push(on) },
  );
  return { serial, guest: new FakeGuest(device), holds, wanted: () => wanted };
}

/** A load; then JavaScript has time. */
function take(guest: FakeGuest): number {
  const byte = guest.read(Pl011.DR);
  guest.drain();
  return byte;
}

test('what follows the first piece of output is held a moment, to be passed on in one', () => {
  const written: string[] = [];
  const { guest, holds } = line((bytes) => written.push(Buffer.from(bytes).toString('latin1')) > 0);
  guest.write(Pl011.DR, 0x61);
  guest.drain();
  assert.deepEqual([written, holds], [['a'], [true]]);
  for (const byte of Buffer.from('bcd')) guest.write(Pl011.DR, byte);
  guest.drain();
  assert.deepEqual(
    [written, holds],
    [
      ['a', 'bcd'],
      [true, true],
    ],
  );
});

test('a driver that sends by interrupts loses nothing while the far end does not read', () => {
  const enough = 64 * 1024;
  const count = 5 * enough;
  let written = 0;
  const { guest, serial } = line((bytes) => {
    written += bytes.length;
    return written < enough;
  });
  // As Linux' amba-pl011.c: half a FIFO at each interrupt, without a look at the flags.
  guest.write(Pl011.IMSC, 0x20);
  guest.write(Pl011.DR, 0x61);
  let sent = 1;
  const send = () => {
    for (let interrupts = 0; guest.bank.level && sent < count; interrupts++) {
      assert.ok(interrupts < count, 'interrupts without end');
      for (let i = 0; i < 16; i++) guest.write(Pl011.DR, 0x61);
      sent += 16;
      guest.drain();
    }
  };
  send();
  assert.ok(sent < 2 * enough, 'the guest does not wait');
  while (sent < count) {
    written = 0;
    const before = sent;
    serial.ready();
    send();
    assert.ok(sent > before);
  }
});

test('input beyond the FIFO waits until the guest reads, and none is lost or out of order', () => {
  const { serial, guest } = line();
  const sent = Uint8Array.from({ length: 1000 }, (_, i) => i & 0xff);
  for (let at = 0; at < sent.length; at += 100) assert.equal(serial.input(sent.subarray(at, at + 100)), true);
  const got: number[] = [];
  while ((guest.read(Pl011.FR) & 0x10) === 0) got.push(take(guest));
  assert.deepEqual(got, [...sent]);
});

test('the far end is told to wait at 4 KiB, and once to go on', () => {
  const { serial, guest, wanted } = line();
  assert.equal(serial.input(new Uint8Array(4000)), true);
  assert.equal(serial.input(new Uint8Array(4000)), false);
  assert.equal(wanted(), 0);
  let read = 0;
  for (; wanted() === 0; read++) take(guest);
  assert.ok(read > 3000 && read < 4000, String(read));
  while ((guest.read(Pl011.FR) & 0x10) === 0) take(guest);
  assert.equal(wanted(), 1);
});

test('a break comes in its place between characters, also when it must wait for the guest', () => {
  const { serial, guest } = line();
  const before = Uint8Array.from({ length: 100 }, (_, i) => i);
  serial.input(before);
  assert.equal(serial.breakAndInput(Buffer.from('l')), true);
  serial.input(Buffer.from('after'));
  const got: number[] = [];
  assert.equal(serial.inputRead, false);
  while ((guest.read(Pl011.FR) & 0x10) === 0) got.push(take(guest));
  assert.equal(serial.inputRead, true);
  assert.deepEqual(got, [...before, 0x400, ...Buffer.from('lafter')]);
});

test('a break is refused where its characters would be lost', () => {
  const { serial } = line();
  for (let i = 0; i < 17; i++) serial.input(new Uint8Array(4096));
  assert.equal(serial.breakAndInput(Buffer.from('l')), false);
});

test('a far end that takes no more makes the guest wait', () => {
  const got: number[] = [];
  const { serial, guest } = line((bytes) => {
    got.push(...bytes);
    return false;
  });
  assert.equal(serial.spokeAt, 0);
  guest.write(Pl011.DR, 0x41);
  guest.drain();
  assert.ok(serial.spokeAt > 0);
  assert.notEqual(guest.read(Pl011.FR) & 0x20, 0);
  serial.ready();
  assert.equal(guest.read(Pl011.FR) & 0x20, 0);
  assert.deepEqual(got, [0x41]);
});

test('of input that nobody reads 64 KiB are kept, and the rest is dropped', () => {
  const { serial, guest } = line();
  const sent = Uint8Array.from({ length: 100 * 1024 }, (_, i) => i % 251);
  serial.input(sent.subarray(0, 60 * 1024));
  serial.input(sent.subarray(60 * 1024));
  serial.input(sent);
  const got: number[] = [];
  while ((guest.read(Pl011.FR) & 0x10) === 0) got.push(take(guest));
  // The FIFO's 32 were with the guest before the rest came.
  assert.equal(got.length, 64 * 1024 + 32);
  assert.deepEqual(got, [...sent.subarray(0, got.length)]);
});
