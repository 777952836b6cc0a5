import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Pl031, Pl031Device, pl031 } from '../../../src/devices/pl031.ts';
import { FakeGuest } from './fake-bank.ts';
import { slotOf } from './slot.ts';

const START = 1_700_000_000;

function machine(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: START * 1000 });
  const rtc = new Pl031Device(slotOf(pl031));
  return { rtc, guest: new FakeGuest(rtc), clock: t.mock.timers };
}

describe('PL031', () => {
  it('counts the seconds since 1970', (t) => {
    const { guest, clock } = machine(t);
    assert.equal(guest.read(Pl031.DR), START);
    clock.tick(2500);
    assert.equal(guest.read(Pl031.DR), START + 2);
  });

  it('goes on from the time that the guest sets, over a reset too', (t) => {
    const { rtc, guest, clock } = machine(t);
    guest.write(Pl031.LR, 1000);
    clock.tick(5000);
    assert.equal(guest.read(Pl031.DR), 1005);
    rtc.reset();
    assert.equal(guest.read(Pl031.DR), 1005);
  });

  it('interrupts when the counter gets to the match register, until cleared', (t) => {
    const { guest, clock } = machine(t);
    guest.write(Pl031.MR, START + 10);
    guest.write(Pl031.ICR, 1);
    guest.write(Pl031.IMSC, 1);
    clock.tick(9000);
    assert.equal(guest.bank.level, false);
    clock.tick(1000);
    assert.equal(guest.bank.level, true);
    assert.equal(guest.read(Pl031.MIS), 1);
    guest.write(Pl031.ICR, 1);
    assert.equal(guest.bank.level, false);
  });

  it('interrupts at the whole second of the match, in whatever part of a second it is set', (t) => {
    const { guest, clock } = machine(t);
    clock.tick(700);
    guest.write(Pl031.IMSC, 1);
    guest.write(Pl031.MR, START + 2);
    clock.tick(1299);
    assert.equal(guest.bank.level, false);
    clock.tick(1);
    assert.equal(guest.bank.level, true);
  });

  it('moves the alarm when the time is set', (t) => {
    const { guest, clock } = machine(t);
    guest.write(Pl031.IMSC, 1);
    guest.write(Pl031.MR, 100);
    guest.write(Pl031.LR, 98);
    clock.tick(1999);
    assert.equal(guest.bank.level, false);
    clock.tick(1);
    assert.equal(guest.bank.level, true);
  });

  it('waits for an alarm further away than one timer reaches', (t) => {
    const { guest, clock } = machine(t);
    const days = 40 * 86_400;
    guest.write(Pl031.IMSC, 1);
    guest.write(Pl031.MR, START + days);
    clock.tick(30 * 86_400_000);
    assert.equal(guest.bank.level, false);
    clock.tick(10 * 86_400_000);
    assert.equal(guest.bank.level, true);
  });

  it('has no alarm left after a reset', (t) => {
    const { rtc, guest, clock } = machine(t);
    guest.write(Pl031.MR, START + 1);
    rtc.reset();
    clock.tick(5000);
    assert.equal(guest.read(Pl031.RIS), 0);
  });

  it('has no alarm left when its VM has ended', (t) => {
    const { rtc, guest, clock } = machine(t);
    guest.write(Pl031.MR, START + 1);
    rtc.close();
    clock.tick(5000);
    assert.equal(guest.read(Pl031.RIS), 0);
  });

  it('identifies as an Arm PL031', (t) => {
    const { guest } = machine(t);
    const id = [0, 4, 8, 12].reduce((word, i) => word | (guest.read(0xfe0 + i) << (2 * i)), 0);
    assert.equal(id & 0xfffff, 0x41031);
  });
});
