/** Arm PrimeCell real time clock PL031 (Arm DDI 0224): seconds since 1970, and an alarm. */

import { spi } from '../kvm/abi.ts';
import type { BankState, RegisterBank, RegisterBankSpec } from '../native/binding.ts';
import type { DeviceKind, MmioDevice, Slot, Stateful } from './device.ts';
import { clocked, primeCell, unitName } from './device-tree.ts';
import { constant, PRIMECELL_SIZE, primeCellIds, resetShadow, storage } from './registers.ts';

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

export interface Pl031State {
  readonly version: 1;
  readonly bank: BankState;
  /** What the guest's clock is ahead of the host's, in seconds. */
  readonly ahead: number;
  /** When the alarm goes off: ms since 1970 of the host's clock. Left out: it is not set. */
  readonly alarm?: number | undefined;
}

/** bindings/rtc/arm,pl031.yaml; ACPI has no description of it. */
export const pl031 = {
  name: 'pl031',
  needs: { mmio: PRIMECELL_SIZE, lines: ['level'] },
  fdt: (slot, tree) => ({
    nodes: {
      [unitName('pl031', slot)]: {
        properties: { ...primeCell('pl031', slot), ...clocked(tree, 'apb_pclk') },
      },
    },
  }),
  create: (slot) => new Pl031Device(slot),
} satisfies DeviceKind<void, unknown, Pl031Device>;

export class Pl031Device implements MmioDevice, Stateful<Pl031State> {
  readonly bank: RegisterBankSpec;
  readonly #now: () => number;
  #registers: RegisterBank | undefined;
  /** What the guest's clock is ahead of the host's, in seconds. */
  #ahead = 0;
  /** When the alarm goes off, by the host's clock, and the timer that leads there. */
  #due: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param now ms since 1970 */
  constructor({ base, size, lines }: Slot, now: () => number = Date.now) {
    this.#now = now;
    this.bank = {
      base,
      size,
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
      interrupt: { irq: spi(lines[0]!.gsiv), status: Pl031.RIS, mask: Pl031.IMSC },
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
    if (offset === Pl031.LR) this.#ahead = Number(value & MASK32) - Math.floor(this.#now() / 1000);
    // A new time moves the alarm too.
    if (offset === Pl031.MR || offset === Pl031.LR) this.#setAlarm();
  }

  posted(): void {
    // No register of this device posts.
  }

  /** A reset of the machine; the time goes on, as a battery would keep it. */
  reset(): void {
    this.close();
    if (this.#registers) resetShadow(this.bank, this.#registers);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#due = undefined;
  }

  save(): Pl031State {
    return { version: 1, bank: this.#registers!.save(), ahead: this.#ahead, alarm: this.#due };
  }

  /** The time went on meanwhile: an alarm that is past goes off now. */
  load({ bank, ahead, alarm }: Pl031State): void {
    this.close();
    this.#registers!.load(bank);
    this.#ahead = ahead;
    this.#due = alarm;
    if (alarm !== undefined) this.#wait();
  }

  #seconds(): number {
    return (Math.floor(this.#now() / 1000) + this.#ahead) >>> 0;
  }

  /** RTCRIS is raised when the counter next equals the match register: at a whole second of the host, its tick. */
  #setAlarm(): void {
    const match = Number((this.#registers?.get(Pl031.MR) ?? 0n) & MASK32);
    const left = (match - this.#seconds()) >>> 0;
    this.#due = (Math.floor(this.#now() / 1000) + left) * 1000;
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    const left = this.#due! - this.#now();
    if (left > 0) {
      this.#timer = setTimeout(() => this.#wait(), Math.min(left, LONGEST_TIMEOUT_MS));
      this.#timer.unref();
      return;
    }
    this.#due = undefined;
    this.#registers?.update(Pl031.RIS, 0n, ALARM);
  }
}
