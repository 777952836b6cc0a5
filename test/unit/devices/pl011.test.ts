import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Pl011, Pl011Device, pl011 } from '../../../src/devices/pl011.ts';
import { FakeGuest } from './fake-bank.ts';
import { slotOf } from './slot.ts';

const TXIM = 0x20;
const RXIM_RTIM = 0x50;
const FR_RXFE = 0x10;
const FR_TXFF = 0x20;

function machine() {
  const output: string[] = [];
  const uart = new Pl011Device(slotOf(pl011));
  uart.onOutput = (bytes) => output.push(Buffer.from(bytes).toString('latin1'));
  const guest = new FakeGuest(uart);
  return { uart, guest, output };
}

/** What Linux' interrupt handler does to receive (pl011_fifo_to_tty). */
function readAll(guest: FakeGuest): string {
  let text = '';
  while (!(guest.read(Pl011.FR) & FR_RXFE)) text += String.fromCharCode(guest.read(Pl011.DR) & 0xff);
  return text;
}

describe('PL011 output', () => {
  it('takes characters without a wait and passes them on in one piece', () => {
    const { guest, output } = machine();
    for (const char of 'Booting Linux\n') {
      assert.equal(guest.read(Pl011.FR) & FR_TXFF, 0);
      guest.write(Pl011.DR, char.charCodeAt(0));
    }
    assert.equal(guest.waits, 0);
    guest.drain();
    assert.deepEqual(output, ['Booting Linux\n']);
  });

  it('keeps long output whole and in order', () => {
    const { guest, output } = machine();
    const text = Array.from({ length: 200_000 }, (_, i) => String.fromCharCode(32 + (i % 90))).join('');
    for (const char of text) guest.write(Pl011.DR, char.charCodeAt(0), 1);
    guest.drain();
    assert.equal(output.join(''), text);
  });

  it('shows a full FIFO while output is held, and goes on with an interrupt', () => {
    const { uart, guest, output } = machine();
    uart.holdOutput(true);
    guest.write(Pl011.ICR, 0x7ff);
    guest.write(Pl011.DR, 0x41);
    guest.drain();
    assert.equal(guest.read(Pl011.FR) & FR_TXFF, FR_TXFF);
    assert.deepEqual(output, []);
    guest.write(Pl011.ICR, 0x7ff);
    uart.holdOutput(false);
    assert.equal(guest.read(Pl011.FR) & FR_TXFF, 0);
    assert.equal(guest.read(Pl011.RIS) & TXIM, TXIM);
    assert.deepEqual(output, ['A']);
  });

  it('bounds what a guest can send that does not heed the full FIFO', () => {
    const { uart, guest, output } = machine();
    uart.holdOutput(true);
    for (let i = 0; i < 200_000; i++) guest.write(Pl011.DR, 0x42, 1);
    uart.holdOutput(false);
    assert.ok(output.join('').length <= 64 * 1024);
  });

  it('raises the transmit interrupt at each character until it is cleared', () => {
    const { guest } = machine();
    guest.write(Pl011.IMSC, TXIM);
    assert.equal(guest.bank.level, false);
    guest.write(Pl011.DR, 0x41);
    assert.equal(guest.bank.level, true);
    assert.equal(guest.read(Pl011.RIS) & TXIM, TXIM);
    assert.equal(guest.read(Pl011.MIS), TXIM);
    guest.write(Pl011.ICR, TXIM);
    assert.equal(guest.bank.level, false);
    guest.write(Pl011.DR, 0x42);
    assert.equal(guest.bank.level, true);
  });
});

describe('PL011 input', () => {
  it('interrupts for a single character and falls silent when it is read', () => {
    const { uart, guest } = machine();
    guest.write(Pl011.IMSC, RXIM_RTIM);
    assert.equal(uart.receive(Buffer.from('x')), 1);
    assert.equal(guest.bank.level, true);
    assert.equal(readAll(guest), 'x');
    assert.equal(guest.bank.level, false);
    assert.equal(guest.read(Pl011.DR), 0);
  });

  it('takes what the FIFO holds and asks for the rest once there is room', () => {
    const { uart, guest } = machine();
    const text = Array.from({ length: 300 }, (_, i) => String.fromCharCode(97 + (i % 26))).join('');
    let rest = Buffer.from(text);
    const feed = () => {
      rest = rest.subarray(uart.receive(rest));
    };
    uart.onSpace = feed;
    feed();
    assert.equal(rest.length, 300 - 32);
    assert.equal(guest.read(Pl011.FR) & 0x40, 0x40);
    // It is asked for when half of the FIFO is left, and comes while the driver still reads.
    let got = '';
    while ((guest.read(Pl011.FR) & 0x10) === 0) {
      got += String.fromCharCode(guest.read(Pl011.DR));
      guest.drain();
    }
    assert.equal(got, text);
    assert.equal(rest.length, 0);
    assert.equal(guest.waits, 0);
  });

  it('keeps interrupting for characters that wait when the driver clears the timeout', () => {
    const { uart, guest } = machine();
    guest.write(Pl011.IMSC, 0x40);
    uart.receive(Buffer.from('ab'));
    guest.write(Pl011.ICR, 0x7ff);
    guest.drain();
    assert.equal(guest.bank.level, true);
    assert.equal(readAll(guest), 'ab');
  });

  it('has nothing to do at a cleared interrupt when all was read: a memory error may wait behind it', (t) => {
    const { uart, guest } = machine();
    uart.receive(Buffer.from('ab'));
    guest.write(Pl011.ICR, 0x7ff);
    assert.equal(readAll(guest), 'ab');
    const supply = t.mock.method(guest.bank, 'supply');
    guest.drain();
    assert.equal(supply.mock.callCount(), 0);
  });

  it('raises RXRIS at the level of UARTIFLS', () => {
    const { uart, guest } = machine();
    guest.write(Pl011.IFLS, 0 << 3);
    uart.receive(Buffer.from('abc'));
    assert.equal(guest.read(Pl011.RIS) & 0x10, 0);
    uart.receive(Buffer.from('d'));
    assert.equal(guest.read(Pl011.RIS) & 0x10, 0x10);
  });

  it('holds one character with the FIFOs off', () => {
    const { uart, guest } = machine();
    guest.write(Pl011.LCR_H, 0x60);
    assert.equal(uart.receive(Buffer.from('ab')), 1);
  });

  it('takes nothing while the receiver is off and asks again when it is on', () => {
    const { uart, guest } = machine();
    let asked = 0;
    uart.onSpace = () => asked++;
    guest.write(Pl011.CR, 0x101);
    guest.drain();
    assert.equal(uart.receive(Buffer.from('a')), 0);
    guest.write(Pl011.CR, 0x301);
    guest.drain();
    assert.equal(asked, 1);
    assert.equal(uart.receive(Buffer.from('a')), 1);
  });

  it('gets its own output back in loopback', () => {
    const { guest, output } = machine();
    guest.write(Pl011.CR, 0x381);
    guest.write(Pl011.DR, 0x5a);
    guest.drain();
    assert.equal(readAll(guest), 'Z');
    assert.deepEqual(output, []);
  });
});

describe('PL011 break', () => {
  const BE = 0x400;
  const BEIM = 0x200;

  it('is a word of zeros with BE, in order with characters; RSR has the error of the one read last', () => {
    const { uart, guest } = machine();
    uart.receive(Buffer.from('a'));
    assert.equal(uart.receiveBreak(), true);
    uart.receive(Buffer.from('l'));
    assert.equal(guest.read(Pl011.RSR), 0);
    assert.equal(guest.read(Pl011.DR), 0x61);
    assert.equal(guest.read(Pl011.RSR), 0);
    assert.equal(guest.read(Pl011.DR), BE);
    assert.equal(guest.read(Pl011.RSR), 4);
    assert.equal(guest.read(Pl011.DR), 0x6c);
    assert.equal(guest.read(Pl011.RSR), 0);
    assert.equal(guest.waits, 0);
  });

  it('leaves RSR when anything is written to ECR', () => {
    const { uart, guest } = machine();
    uart.receiveBreak();
    guest.read(Pl011.DR);
    guest.write(Pl011.RSR, 0);
    assert.equal(guest.read(Pl011.RSR), 0);
  });

  it('raises the break interrupt until it is cleared', () => {
    const { uart, guest } = machine();
    guest.write(Pl011.IMSC, BEIM);
    uart.receive(Buffer.from('a'));
    assert.equal(guest.bank.level, false);
    uart.receiveBreak();
    assert.equal(guest.bank.level, true);
    assert.equal(guest.read(Pl011.MIS), BEIM);
    readAll(guest);
    assert.equal(guest.bank.level, true);
    guest.write(Pl011.ICR, BEIM);
    guest.drain();
    assert.equal(guest.bank.level, false);
  });

  it('waits while the FIFO is full or the receiver off', () => {
    const { uart, guest } = machine();
    let asked = 0;
    uart.onSpace = () => asked++;
    uart.receive(new Uint8Array(32));
    assert.equal(uart.receiveBreak(), false);
    assert.equal(guest.read(Pl011.RIS) & BEIM, 0);
    for (let i = 0; i < 16; i++) guest.read(Pl011.DR);
    guest.drain();
    assert.equal(asked, 1);
    assert.equal(uart.receiveBreak(), true);
    guest.write(Pl011.CR, 0x101);
    guest.drain();
    assert.equal(uart.receiveBreak(), false);
  });
});

describe('PL011 registers', () => {
  it('drive the interrupt line of their SPI', () => {
    assert.equal(machine().uart.bank.interrupt?.irq, 0x0100_0021);
  });

  it('identifies as an Arm PL011 of revision r1p5', () => {
    const { guest } = machine();
    const id = (offset: number) => [0, 4, 8, 12].map((i) => guest.read(offset + i));
    assert.deepEqual(id(0xfe0), [0x11, 0x10, 0x34, 0x00]);
    assert.deepEqual(id(0xff0), [0x0d, 0xf0, 0x05, 0xb1]);
    assert.equal(guest.waits, 0);
  });

  it('reads back what the driver sets, within the implemented bits', () => {
    const { guest } = machine();
    for (const [offset, mask] of [
      [Pl011.IBRD, 0xffff],
      [Pl011.FBRD, 0x3f],
      [Pl011.LCR_H, 0xff],
      [Pl011.IFLS, 0x3f],
      [Pl011.IMSC, 0x7ff],
      [Pl011.CR, 0xff87],
    ] as const) {
      guest.write(offset, 0xffff_ffff);
      assert.equal(guest.read(offset), mask, `offset ${offset}`);
    }
    assert.equal(guest.waits, 0);
  });

  it('answers any access at all', () => {
    const { guest } = machine();
    for (let offset = 0; offset < 0x1000; offset++)
      for (const size of [1, 2, 4, 8]) {
        guest.write(offset, 0xffff_ffff_ffff_ffffn, size);
        guest.read64(offset, size);
      }
    guest.drain();
  });

  it('forgets input and settings on reset', () => {
    const { uart, guest, output } = machine();
    guest.write(Pl011.IMSC, 0x7ff);
    guest.write(Pl011.DR, 0x41);
    guest.drain();
    uart.receive(Buffer.from('abc'));
    uart.reset();
    assert.equal(guest.read(Pl011.FR) & FR_RXFE, FR_RXFE);
    assert.equal(guest.read(Pl011.IMSC), 0);
    assert.equal(guest.bank.level, false);
    assert.deepEqual(output, ['A']);
  });
});
