/** Arm PrimeCell UART PL011, r1p5 (Arm DDI 0183G), as firmware leaves it: enabled, 8 data bits, FIFOs on. */

import { spi } from '../kvm/abi.ts';
import {
  type BankState,
  Hold,
  type QueueState,
  type RegisterBank,
  type RegisterBankSpec,
} from '../native/binding.ts';
import type { DeviceKind, MmioDevice, Slot, Stateful } from './device.ts';
import { clocked, primeCell, unitName } from './device-tree.ts';
import { constant, PRIMECELL_SIZE, primeCellIds, resetShadow, storage } from './registers.ts';

/** Register offsets (DDI 0183, table 3-1). */
export const Pl011 = {
  DR: 0x000,
  RSR: 0x004,
  FR: 0x018,
  ILPR: 0x020,
  IBRD: 0x024,
  FBRD: 0x028,
  LCR_H: 0x02c,
  CR: 0x030,
  IFLS: 0x034,
  IMSC: 0x038,
  RIS: 0x03c,
  MIS: 0x040,
  ICR: 0x044,
  DMACR: 0x048,
} as const;

/** UARTFR: the far end is there (CTS, DSR, DCD); sending waits only while output is held. */
const FR = {
  cts: 1n << 0n,
  dsr: 1n << 1n,
  dcd: 1n << 2n,
  rxEmpty: 1n << 4n,
  txFull: 1n << 5n,
  rxFull: 1n << 6n,
  txEmpty: 1n << 7n,
};
const FR_RESET = FR.cts | FR.dsr | FR.dcd | FR.rxEmpty | FR.txEmpty;
/** UARTRIS and its kin. */
const INT = { rx: 1n << 4n, tx: 1n << 5n, rxTimeout: 1n << 6n, break: 1n << 9n };
/** Bits 11 to 8 of a word in the receive FIFO, and UARTRSR of the one that was read last. */
const RSR = { break: 1n << 2n };
const RSR_ALL = 0xfn;
const INT_ALL = 0x7ffn;
const LCR_FIFO_ENABLE = 1n << 4n;
const CR = { enable: 1n << 0n, loopback: 1n << 7n, txEnable: 1n << 8n, rxEnable: 1n << 9n };
const CR_RESET = CR.enable | CR.txEnable | CR.rxEnable;
const FIFO_DEPTH = 32;
/** UARTIFLS, receive: the FIFO's filling at which RXRIS is raised, by the three-bit field. */
const RX_LEVELS = [4, 8, 16, 24, 28] as const;
const NOTHING = new Uint8Array(0);
/** A break is received as one character of zeros. */
const BREAK = Uint8Array.of(0);
/** Output is passed on at the latest when so much is there. */
const OUTPUT_BATCH = 64 * 1024;

export interface Pl011State {
  readonly version: 1;
  readonly bank: BankState;
  /** What the guest has sent, and nobody has been given yet. */
  readonly output: Uint8Array;
  readonly held: boolean;
}

/** bindings/serial/pl011.yaml */
export const pl011 = {
  name: 'pl011',
  needs: { mmio: PRIMECELL_SIZE, lines: ['level'] },
  acpi: ({ base, size, lines }) => ({
    serial: { type: 'pl011', base, size, gsiv: lines[0]!.gsiv, baudRate: 115200 },
  }),
  fdt: (slot, tree) => ({
    nodes: {
      [unitName('pl011', slot)]: {
        properties: { ...primeCell('pl011', slot), ...clocked(tree, 'uartclk', 'apb_pclk') },
      },
    },
    alias: 'serial',
  }),
  create: (slot) => new Pl011Device(slot),
} satisfies DeviceKind<void, unknown, Pl011Device>;

export class Pl011Device implements MmioDevice, Stateful<Pl011State> {
  readonly bank: RegisterBankSpec;
  /** What the guest has sent since the last call; the bytes belong to the callee. */
  onOutput: (bytes: Uint8Array) => void = () => {};
  /** Called when the guest has made room for more input after {@link receive} could not take all. */
  onSpace: () => void = () => {};
  #registers: RegisterBank | undefined;
  #control = CR_RESET;
  #refused = false;
  #output = new Uint8Array(256);
  #outputLength = 0;
  #held = false;

  constructor({ base, size, lines }: Slot) {
    this.bank = {
      base,
      size,
      registers: [
        {
          offset: Pl011.DR,
          size: 4,
          value: 0n,
          read: 'take',
          write: 'post',
          hold: Hold.output,
          // The transmit FIFO is empty again at once: whoever has unmasked TXIM may go on, unless output is held.
          effects: [
            {
              ...{ op: 'raise', target: Pl011.RIS, mask: INT.tx },
              unless: { target: Pl011.FR, mask: FR.txFull },
            },
          ],
        },
        {
          // Written as UARTECR, with whatever value.
          offset: Pl011.RSR,
          size: 4,
          value: 0n,
          read: 'shadow',
          write: 'silent',
          effects: [{ op: 'lower', target: Pl011.RSR, mask: RSR_ALL }],
        },
        constant(Pl011.FR, FR_RESET),
        storage(Pl011.ILPR, 0n, 0xffn),
        storage(Pl011.IBRD, 0n, 0xffffn),
        storage(Pl011.FBRD, 0n, 0x3fn),
        storage(Pl011.LCR_H, 0x70n, 0xffn),
        { ...storage(Pl011.CR, CR_RESET, 0xff87n), write: 'post' },
        storage(Pl011.IFLS, 0x12n, 0x3fn),
        storage(Pl011.IMSC, 0n, INT_ALL),
        constant(Pl011.RIS, 0n),
        { offset: Pl011.MIS, size: 4, value: 0n, read: 'wait', write: 'ignore' },
        {
          offset: Pl011.ICR,
          size: 4,
          value: 0n,
          read: 'shadow',
          write: 'post',
          effects: [{ op: 'clear', target: Pl011.RIS, mask: INT_ALL }],
        },
        storage(Pl011.DMACR, 0n, 0x7n),
        ...primeCellIds(0x011, 3),
      ],
      interrupt: { irq: spi(lines[0]!.gsiv), status: Pl011.RIS, mask: Pl011.IMSC },
      // Nothing is written to the flags.
      queue: { told: Pl011.FR, status: Pl011.RSR },
    };
  }

  attach(bank: RegisterBank): void {
    this.#registers = bank;
  }

  /**
   * Input for the guest. Takes what the FIFO has room for, nothing while the guest has the receiver off.
   * @returns how many bytes were taken; if not all, {@link onSpace} says when to try again
   */
  receive(bytes: Uint8Array): number {
    const taken = this.#receives() ? this.#supply(bytes) : 0;
    this.#refused ||= taken < bytes.length;
    return taken;
  }

  /**
   * The line is held low for longer than a character: a word with BE is received, and UARTBEINTR raised.
   * @returns whether it was taken; if not, {@link onSpace} says when to try again
   */
  receiveBreak(): boolean {
    const taken = this.#receives() && this.#supply(BREAK, RSR.break) === 1;
    if (taken) this.#registers?.update(Pl011.RIS, 0n, INT.break);
    else this.#refused = true;
    return taken;
  }

  read(offset: number): bigint {
    const bank = this.#registers;
    if (!bank) return 0n;
    if (offset === Pl011.MIS) return bank.get(Pl011.RIS) & bank.get(Pl011.IMSC);
    return 0n;
  }

  write(): void {
    // Only offsets without a register come here.
  }

  posted(offset: number, value: bigint): void {
    if (offset === Pl011.DR) {
      const byte = Number(value & 0xffn);
      if (this.#control & CR.loopback) this.receive(Uint8Array.of(byte));
      else this.#send(byte);
    } else if (offset === Pl011.ICR) {
      // A receive timeout comes back as long as characters wait.
      if (!this.inputRead) this.#supply(NOTHING);
    } else if (offset === Pl011.FR) {
      this.#offerSpace();
    } else if (offset === Pl011.CR) {
      this.#control = value;
      this.#offerSpace();
    }
  }

  /**
   * The line is slow: with `held` the transmit FIFO shows as full, and does not interrupt, so that the guest waits with what
   * it sends, as it would for a real one. Other vCPUs, and memory errors, do not wait.
   */
  holdOutput(held: boolean): void {
    const bank = this.#registers;
    if (!bank || held === this.#held) return;
    this.#held = held;
    bank.update(Pl011.FR, FR.txFull | FR.txEmpty, held ? FR.txFull : FR.txEmpty);
    // Linux writes half a FIFO at each interrupt, whatever the flags say.
    bank.update(Pl011.RIS, held ? INT.tx : 0n, held ? 0n : INT.tx);
    if (!held) this.drained();
  }

  get outputHeld(): boolean {
    return this.#held;
  }

  drained(): void {
    if (this.#outputLength === 0 || this.#held) return;
    const bytes = this.#output.slice(0, this.#outputLength);
    this.#outputLength = 0;
    this.onOutput(bytes);
  }

  reset(): void {
    this.drained();
    this.#control = CR_RESET;
    this.#held = false;
    this.#registers?.drop();
    if (this.#registers) resetShadow(this.bank, this.#registers);
    this.#offerSpace();
  }

  save(): Pl011State {
    return {
      version: 1,
      bank: this.#registers!.save(),
      output: this.#output.slice(0, this.#outputLength),
      held: this.#held,
    };
  }

  load({ bank, output, held }: Pl011State): void {
    const registers = this.#registers!;
    registers.load(bank);
    this.#control = registers.get(Pl011.CR);
    // What the registers show of the queue follows it again.
    this.#supply(NOTHING);
    this.#output = new Uint8Array(Math.max(output.length, this.#output.length));
    this.#output.set(output);
    this.#outputLength = output.length;
    this.#held = held;
    this.#offerSpace();
  }

  #send(byte: number): void {
    if (this.#outputLength === this.#output.length) {
      if (this.#outputLength >= OUTPUT_BATCH) {
        // A guest that does not heed the full FIFO loses characters, as on hardware.
        if (this.#held) return;
        this.drained();
      } else {
        const larger = new Uint8Array(this.#output.length * 2);
        larger.set(this.#output);
        this.#output = larger;
      }
    }
    this.#output[this.#outputLength++] = byte;
  }

  /** The guest has read all that was received. */
  get inputRead(): boolean {
    return ((this.#registers?.get(Pl011.FR) ?? FR.rxEmpty) & FR.rxEmpty) !== 0n;
  }

  #receives(): boolean {
    return (this.#control & (CR.enable | CR.rxEnable)) === (CR.enable | CR.rxEnable);
  }

  /** 32 characters, or 1 with the FIFOs off. */
  #depth(): number {
    return (this.#registers?.get(Pl011.LCR_H) ?? 0n) & LCR_FIFO_ENABLE ? FIFO_DEPTH : 1;
  }

  #offerSpace(): void {
    if (!this.#refused) return;
    this.#refused = false;
    this.onSpace();
  }

  /** Adds to the receive FIFO, and lets UARTFR and UARTRIS show it from now on; the receive timeout passes at once. */
  #supply(bytes: Uint8Array, errors = 0n): number {
    const bank = this.#registers;
    if (!bank) return 0;
    const depth = this.#depth();
    const level = depth === 1 ? 1 : (RX_LEVELS[Number((bank.get(Pl011.IFLS) >> 3n) & 7n)] ?? FIFO_DEPTH);
    const state: QueueState = {
      depth,
      // Refilled while the driver still reads, one interrupt serves for a long input.
      low: depth >> 1,
      flags: [
        { register: Pl011.FR, mask: FR.rxEmpty, least: 1, inverted: true },
        { register: Pl011.FR, mask: FR.rxFull, least: depth },
        { register: Pl011.RIS, mask: INT.rx, least: level },
        { register: Pl011.RIS, mask: INT.rxTimeout, least: 1 },
      ],
    };
    return bank.supply(bytes, state, Number(errors));
  }
}
