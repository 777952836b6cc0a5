/** What a device saves is plain data that its schema takes, and another device goes on from where it was. */

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { z } from 'zod';
import type { MmioDevice, Stateful } from '../../../src/devices/device.ts';
import { Pl011, Pl011Device, pl011 } from '../../../src/devices/pl011.ts';
import { Pl031, Pl031Device, pl031 } from '../../../src/devices/pl031.ts';
import { Pl061, Pl061Device, pl061 } from '../../../src/devices/pl061.ts';
import { READ_ACK_STRIDE, type ReadAckDevice, readAck } from '../../../src/devices/read-ack.ts';
import { DEVICE_STATES } from '../../../src/devices/state/index.ts';
import { virtBoard } from '../../../src/platform/virt.ts';
import { FakeGuest } from './fake-bank.ts';
import { slotOf } from './slot.ts';

const START = 1_700_000_000;
const BUTTON = 1 << 3;

/** The state on its way through a file: copied, and checked. */
function moved<State extends { readonly version: number }>(
  from: Stateful<State>,
  schema: z.ZodType<State>,
): State {
  return schema.parse(structuredClone(from.save()));
}

/** A guest of `to`, which has been reset and then loaded. */
function restored<State extends { readonly version: number }>(
  from: Stateful<State>,
  to: MmioDevice & Stateful<State>,
  schema: z.ZodType<State>,
): FakeGuest {
  const guest = new FakeGuest(to);
  to.reset();
  to.load(moved(from, schema));
  assert.deepEqual(to.save(), from.save());
  return guest;
}

const timers = (t: TestContext) => t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: START * 1000 });

describe('a saved PL011', () => {
  it('has the registers, the input that waits and the output that nobody was given', () => {
    const from = new Pl011Device(slotOf(pl011));
    const before = new FakeGuest(from);
    before.write(Pl011.IMSC, 0x50);
    before.write(Pl011.IBRD, 13);
    from.receive(Buffer.from('abc'));
    from.receiveBreak();
    assert.equal(before.read(Pl011.DR), 0x61);
    from.holdOutput(true);
    before.write(Pl011.DR, 0x58);
    before.drain();

    const to = new Pl011Device(slotOf(pl011));
    const output: string[] = [];
    to.onOutput = (bytes) => output.push(Buffer.from(bytes).toString());
    const guest = restored(from, to, DEVICE_STATES.pl011);
    assert.equal(guest.bank.level, true);
    assert.equal(guest.read(Pl011.IBRD), 13);
    assert.deepEqual([guest.read(Pl011.DR), guest.read(Pl011.DR), guest.read(Pl011.DR)], [0x62, 0x63, 0x400]);
    assert.equal(guest.read(Pl011.FR) & 0x10, 0x10);
    assert.equal(guest.read(Pl011.FR) & 0x20, 0x20);
    to.holdOutput(false);
    assert.deepEqual(output, ['X']);
  });

  it('takes no input with the receiver off', () => {
    const from = new Pl011Device(slotOf(pl011));
    const before = new FakeGuest(from);
    before.write(Pl011.CR, 0x101);
    before.drain();
    const to = new Pl011Device(slotOf(pl011));
    restored(from, to, DEVICE_STATES.pl011);
    assert.equal(to.receive(Buffer.from('a')), 0);
  });
});

describe('a saved PL031', () => {
  const alarmIn = (seconds: number) => {
    const from = new Pl031Device(slotOf(pl031));
    const before = new FakeGuest(from);
    before.write(Pl031.LR, 1000);
    before.write(Pl031.IMSC, 1);
    before.write(Pl031.MR, 1000 + seconds);
    return from;
  };

  it('has the time and the alarm', (t) => {
    timers(t);
    const from = alarmIn(10);
    t.mock.timers.tick(4000);
    const to = new Pl031Device(slotOf(pl031));
    const guest = restored(from, to, DEVICE_STATES.pl031);
    from.close();
    assert.equal(guest.read(Pl031.DR), 1004);
    t.mock.timers.tick(5999);
    assert.equal(guest.bank.level, false);
    t.mock.timers.tick(1);
    assert.equal(guest.bank.level, true);
  });

  it('rings at once if the alarm was meanwhile', (t) => {
    timers(t);
    const from = alarmIn(10);
    const state = moved(from, DEVICE_STATES.pl031);
    from.close();
    t.mock.timers.tick(60_000);
    const to = new Pl031Device(slotOf(pl031));
    const guest = new FakeGuest(to);
    to.load(state);
    assert.equal(guest.read(Pl031.DR), 1060);
    assert.equal(guest.bank.level, true);
  });
});

it('a saved PL061 has the lines, and a button that goes up again', (t) => {
  timers(t);
  const from = new Pl061Device(slotOf(pl061));
  const before = new FakeGuest(from);
  before.write(Pl061.DIR, 1, 1);
  before.write(0x3fc, 1, 1);
  before.write(Pl061.IBE, BUTTON, 1);
  before.write(Pl061.IE, BUTTON, 1);
  from.press();
  before.write(Pl061.IC, BUTTON, 1);
  const to = new Pl061Device(slotOf(pl061));
  const guest = restored(from, to, DEVICE_STATES.pl061);
  from.close();
  assert.equal(guest.read(0x3fc, 1), BUTTON | 1);
  assert.equal(guest.bank.level, false);
  t.mock.timers.tick(100);
  assert.equal(guest.read(0x3fc, 1), 1);
  assert.equal(guest.bank.level, true);
});

it('saved read_ack registers know which acknowledgement counts', () => {
  const acknowledged: number[] = [];
  const make = () =>
    readAck.create(
      slotOf(readAck),
      { sources: 2 },
      { onAcknowledge: (source) => acknowledged.push(source), hold: { set: () => {} } },
    );
  const from: ReadAckDevice = make();
  new FakeGuest(from);
  from.clear(1);
  const guest = restored(from, make(), DEVICE_STATES['read-ack']);
  for (const source of [0, 1]) guest.write(source * READ_ACK_STRIDE, 1n, 8);
  guest.drain();
  assert.deepEqual(acknowledged, [1]);
});

it('what is no state of theirs is refused', () => {
  for (const schema of Object.values(DEVICE_STATES)) {
    for (const wrong of [undefined, {}, { version: 2 }, { version: 1, bank: { shadows: [], queue: [-1] } }])
      assert.throws(() => schema.parse(wrong), z.ZodError);
  }
});

it('each device of the board that has state has a schema for it', () => {
  const services = { pulse() {}, hold: { set() {} }, onAcknowledge() {}, guestPanicked() {} };
  const board = virtBoard({ acpi: true, serial: true, sources: 2 });
  const stateful = board.filter((part) => 'save' in part.create(services)).map(({ kind }) => kind.name);
  assert.deepEqual([...new Set(stateful)].sort(), Object.keys(DEVICE_STATES).sort());
});
