/** Arm PrimeCell real time clock PL031 (Arm DDI 0224): seconds since 1970, and an alarm. */

import { spi } from '../kvm/abi.ts';
import type { RegisterBank, RegisterBankSpec } from '../native/binding.ts';
import { constant, type MmioDevice, primeCellIds, resetShadow, storage } from './device.ts';

/** Register offsets (DDI 0224, table 3-1). */
export const Pl031 = {
  DR: 0x00,
  MR: 0x04,
  LR: 0x08,
  CR: 0x0c,
  IMSC: 0x10,
  RIS: 0x14,
  MIS: 0x18,
  ICR: 0x1c,
} as const;

const ALARM = 1n;
const MASK32 = 0xffff_ffffn;
/** setTimeout takes no more; a longer wait is made of several. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export interface Pl031Options {
  /** GPA. */
  base: number;
  size: number;
  /** GSIV. */
  interrupt: number;
  /** Milliseconds since 1970. */
  now?: () => number;
}

export class Pl031Device implements MmioDevice {
  readonly bank: RegisterBankSpec;
  readonly #now: () => number;
  #registers: RegisterBank | undefined;
  /** What the guest's clock is ahead of the host's, in seconds. */
  #offset = 0;
  #alarm: NodeJS.Timeout | undefined;

  constructor(options: Pl031Options) {
    this.#now = options.now ?? Date.now;
    this.bank = {
      base: options.base,
      size: options.size,
      registers: [
        { offset: Pl031.DR, size: 4, value: 0n, read: 'wait', write: 'ignore' },
        { ...storage(Pl031.MR, 0n, MASK32), write: 'wait' },
        { ...storage(Pl031.LR, 0n, MASK32), write: 'wait' },
        // The counter cannot be stopped once it runs, and here it always does.
        constant(Pl031.CR, 1n),
        storage(Pl031.IMSC, 0n, ALARM),
        constant(Pl031.RIS, 0n),
        { offset: Pl031.MIS, size: 4, value: 0n, read: 'wait', write: 'ignore' },
        {
          offset: Pl031.ICR,
          size: 4,
          value: 0n,
          read: 'shadow',
          write: 'silent',
          effects: [{ op: 'clear', target: Pl031.RIS, mask: ALARM }],
        },
        ...primeCellIds(0x031, 0),
      ],
      interrupt: { irq: spi(options.interrupt), status: Pl031.RIS, mask: Pl031.IMSC },
    };
  }

  attach(bank: RegisterBank): void {
    this.#registers = bank;
  }

  read(offset: number): bigint {
    const bank = this.#registers;
    if (!bank) return 0n;
    if (offset === Pl031.DR) return BigInt(this.#seconds());
    if (offset === Pl031.MIS) return bank.get(Pl031.RIS) & bank.get(Pl031.IMSC);
    return 0n;
  }

  write(offset: number, _size: number, value: bigint): void {
    if (offset === Pl031.LR) this.#offset = Number(value & MASK32) - Math.floor(this.#now() / 1000);
    // A new time moves the alarm too.
    if (offset === Pl031.MR || offset === Pl031.LR) this.#schedule();
  }

  posted(): void {
    // No register of this device posts.
  }

  /** A reset of the machine; the time goes on, as a battery would keep it. */
  reset(): void {
    clearTimeout(this.#alarm);
    this.#alarm = undefined;
    if (this.#registers) resetShadow(this.bank, this.#registers);
  }

  #seconds(): number {
    return (Math.floor(this.#now() / 1000) + this.#offset) >>> 0;
  }

  /** Raises RTCRIS when the counter next equals the match register. */
  #schedule(): void {
    clearTimeout(this.#alarm);
    this.#alarm = undefined;
    const match = Number((this.#registers?.get(Pl031.MR) ?? 0n) & MASK32);
    const left = (match - this.#seconds()) >>> 0;
    if (left === 0) {
      this.#registers?.update(Pl031.RIS, 0n, ALARM);
      return;
    }
    // Counted from the host's whole second, the counter's own tick.
    const wait = left * 1000 - (this.#now() % 1000);
    this.#alarm = setTimeout(() => this.#schedule(), Math.min(wait, LONGEST_TIMEOUT_MS));
    this.#alarm.unref();
  }
}
