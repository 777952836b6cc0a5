import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Pl061, Pl061Device, pl061 } from '../../../src/devices/pl061.ts';
import { FakeGuest } from './fake-bank.ts';
import { slotOf } from './slot.ts';

const BUTTON = 1 << 3;
/** Masked data: the address selects the line. */
const BUTTON_DATA = BUTTON << 2;

function machine(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const gpio = new Pl061Device(slotOf(pl061));
  return { gpio, guest: new FakeGuest(gpio), clock: t.mock.timers };
}

describe('PL061', () => {
  it('interrupts at both edges of a press, as gpio-keys asks', (t) => {
    const { gpio, guest, clock } = machine(t);
    guest.write(Pl061.IBE, BUTTON, 1);
    guest.write(Pl061.IE, BUTTON, 1);
    gpio.press();
    assert.equal(guest.bank.level, true);
    assert.equal(guest.read(Pl061.MIS, 1), BUTTON);
    guest.write(Pl061.IC, BUTTON, 1);
    assert.equal(guest.bank.level, false);
    assert.equal(guest.read(BUTTON_DATA, 1), BUTTON);
    clock.tick(100);
    assert.equal(guest.bank.level, true);
    assert.equal(guest.read(BUTTON_DATA, 1), 0);
  });

  it('leaves a pressed button alone when its VM has ended', (t) => {
    const { gpio, guest, clock } = machine(t);
    gpio.press();
    gpio.close();
    clock.tick(100);
    assert.equal(guest.read(BUTTON_DATA, 1), BUTTON);
  });

  it('tells rising from falling edges', (t) => {
    const { gpio, guest } = machine(t);
    guest.write(Pl061.IEV, BUTTON, 1);
    gpio.setInput(3, true);
    assert.equal(guest.read(Pl061.RIS, 1), BUTTON);
    guest.write(Pl061.IC, BUTTON, 1);
    gpio.setInput(3, false);
    assert.equal(guest.read(Pl061.RIS, 1), 0);
    guest.write(Pl061.IEV, 0, 1);
    gpio.setInput(3, true);
    assert.equal(guest.read(Pl061.RIS, 1), 0);
    gpio.setInput(3, false);
    assert.equal(guest.read(Pl061.RIS, 1), BUTTON);
  });

  it('keeps a level interrupt as long as the level, whatever is cleared', (t) => {
    const { gpio, guest } = machine(t);
    guest.write(Pl061.IEV, BUTTON, 1);
    guest.write(Pl061.IS, BUTTON, 1);
    guest.write(Pl061.IE, BUTTON, 1);
    gpio.setInput(3, true);
    guest.write(Pl061.IC, 0xff, 1);
    assert.equal(guest.bank.level, true);
    gpio.setInput(3, false);
    assert.equal(guest.bank.level, false);
  });

  it('reads and drives only the lines that the address selects, and only outputs', (t) => {
    const { gpio, guest } = machine(t);
    guest.write(Pl061.DIR, 0x03, 1);
    guest.write(0x01 << 2, 0xff, 1);
    guest.write(0x0c << 2, 0xff, 1);
    assert.equal(guest.read(0x3fc, 1), 0x01);
    gpio.setInput(7, true);
    assert.equal(guest.read(0x3fc, 1), 0x81);
    assert.equal(guest.read(0x80 << 2, 1), 0x80);
  });

  it('answers any access at all', (t) => {
    const { guest } = machine(t);
    for (let offset = 0; offset < 0x1000; offset++)
      for (const size of [1, 2, 4, 8]) {
        guest.write(offset, 0xffff_ffff_ffff_ffffn, size);
        guest.read64(offset, size);
      }
  });

  it('identifies as an Arm PL061', (t) => {
    const { guest } = machine(t);
    assert.deepEqual(
      [0xfe0, 0xfe4, 0xfe8].map((offset) => guest.read(offset)),
      [0x61, 0x10, 0x04],
    );
  });
});
