/** Arm PrimeCell GPIO PL061 (Arm DDI 0190): eight lines; a device-tree guest's power button is one of them. */

import { u32 } from '../core/fdt.ts';
import { spi } from '../kvm/abi.ts';
import type { BankState, RegisterBank, RegisterBankSpec, RegisterSpec } from '../native/binding.ts';
import type { DeviceKind, MmioDevice, Slot, Stateful } from './device.ts';
import { clocked, primeCell, unitName } from './device-tree.ts';
import { constant, PRIMECELL_SIZE, primeCellIds, resetShadow, storage } from './registers.ts';

/** Register offsets (DDI 0190, table 3-1). GPIODATA is 0x000 to 0x3fc: address bits 9:2 select the lines. */
export const Pl061 = {
  DATA_END: 0x400,
  DIR: 0x400,
  IS: 0x404,
  IBE: 0x408,
  IEV: 0x40c,
  IE: 0x410,
  RIS: 0x414,
  MIS: 0x418,
  IC: 0x41c,
  AFSEL: 0x420,
} as const;

/** The line that the power button pulls high. */
const POWER_BUTTON_LINE = 3;
/** Long enough for Linux' gpio-keys to read the line after the interrupt. */
const PRESS_MS = 100;
/** Of the device tree: GPIO_ACTIVE_HIGH, and KEY_POWER of Linux' input events. */
const ACTIVE_HIGH = 0;
const KEY_POWER = 116;

export interface Pl061State {
  readonly version: 1;
  readonly bank: BankState;
  /** Levels from outside, levels that the guest drives, and what the lines are by both; a bit a line. */
  readonly inputs: number;
  readonly outputs: number;
  readonly levels: number;
  /** The power button is down, and goes up by itself. */
  readonly pressed: boolean;
}

/** bindings/gpio/pl061-gpio.yaml, with the power button (input/gpio-keys.yaml); ACPI does not describe it. */
export const pl061 = {
  name: 'pl061',
  needs: { mmio: PRIMECELL_SIZE, lines: ['level'] },
  fdt(slot, tree) {
    const phandle = tree.phandle();
    return {
      nodes: {
        [unitName('pl061', slot)]: {
          properties: {
            ...primeCell('pl061', slot),
            'gpio-controller': true,
            '#gpio-cells': u32(2),
            'interrupt-controller': true,
            '#interrupt-cells': u32(2),
            '#address-cells': u32(0),
            ...clocked(tree, 'apb_pclk'),
            phandle: u32(phandle),
          },
        },
        'gpio-keys': {
          properties: { compatible: 'gpio-keys' },
          children: {
            'power-button': {
              properties: {
                label: 'Power Button',
                'linux,code': u32(KEY_POWER),
                gpios: u32(phandle, POWER_BUTTON_LINE, ACTIVE_HIGH),
              },
            },
          },
        },
      },
    };
  },
  create: (slot) => new Pl061Device(slot),
} satisfies DeviceKind<void, unknown, Pl061Device>;

export class Pl061Device implements MmioDevice, Stateful<Pl061State> {
  readonly bank: RegisterBankSpec;
  #registers: RegisterBank | undefined;
  /** Levels from outside, and levels that the guest drives; a bit a line. */
  #inputs = 0;
  #outputs = 0;
  #levels = 0;
  #release: NodeJS.Timeout | undefined;

  constructor({ base, size, lines }: Slot) {
    // Each of them changes what the lines mean, so JavaScript looks at them again.
    const configuration = (offset: number): RegisterSpec => ({
      ...storage(offset, 0n, 0xffn),
      write: 'wait',
    });
    this.bank = {
      base,
      size,
      registers: [
        configuration(Pl061.DIR),
        configuration(Pl061.IS),
        configuration(Pl061.IBE),
        configuration(Pl061.IEV),
        storage(Pl061.IE, 0n, 0xffn),
        constant(Pl061.RIS, 0n),
        { offset: Pl061.MIS, size: 4, value: 0n, read: 'wait', write: 'ignore' },
        { offset: Pl061.IC, size: 4, value: 0n, read: 'shadow', write: 'wait' },
        storage(Pl061.AFSEL, 0n, 0xffn),
        ...primeCellIds(0x061, 0),
      ],
      interrupt: { irq: spi(lines[0]!.gsiv), status: Pl061.RIS, mask: Pl061.IE },
    };
  }

  attach(bank: RegisterBank): void {
    this.#registers = bank;
  }

  /** The power button goes down, and up again a moment later. */
  press(): void {
    this.setInput(POWER_BUTTON_LINE, true);
    this.#releaseSoon();
  }

  /** Sets the level of a line (0 to 7) from outside. */
  setInput(line: number, high: boolean): void {
    const bit = 1 << line;
    this.#inputs = high ? this.#inputs | bit : this.#inputs & ~bit;
    this.#sense();
  }

  read(offset: number): bigint {
    const bank = this.#registers;
    if (!bank) return 0n;
    if (offset < Pl061.DATA_END) return BigInt(this.#levels & (offset >> 2));
    if (offset === Pl061.MIS) return bank.get(Pl061.RIS) & bank.get(Pl061.IE);
    return 0n;
  }

  write(offset: number, _size: number, value: bigint): void {
    const bits = Number(value & 0xffn);
    if (offset < Pl061.DATA_END) {
      // Only lines that are outputs take what is written.
      const lines = (offset >> 2) & this.#get(Pl061.DIR);
      this.#outputs = (this.#outputs & ~lines) | (bits & lines);
    } else if (offset === Pl061.IC)
      this.#registers?.update(Pl061.RIS, BigInt(bits & ~this.#get(Pl061.IS)), 0n);
    this.#sense();
  }

  posted(): void {
    // No register of this device posts.
  }

  reset(): void {
    this.close();
    this.#inputs = 0;
    this.#outputs = 0;
    this.#levels = 0;
    if (this.#registers) resetShadow(this.bank, this.#registers);
  }

  close(): void {
    clearTimeout(this.#release);
    this.#release = undefined;
  }

  save(): Pl061State {
    return {
      version: 1,
      bank: this.#registers!.save(),
      inputs: this.#inputs,
      outputs: this.#outputs,
      levels: this.#levels,
      pressed: this.#release !== undefined,
    };
  }

  load({ bank, inputs, outputs, levels, pressed }: Pl061State): void {
    this.close();
    this.#registers!.load(bank);
    this.#inputs = inputs;
    this.#outputs = outputs;
    this.#levels = levels;
    if (pressed) this.#releaseSoon();
  }

  #releaseSoon(): void {
    clearTimeout(this.#release);
    this.#release = setTimeout(() => {
      this.#release = undefined;
      this.setInput(POWER_BUTTON_LINE, false);
    }, PRESS_MS);
    this.#release.unref();
  }

  #get(offset: number): number {
    return Number(this.#registers?.get(offset) ?? 0n);
  }

  /** Edge lines keep what they saw until GPIOIC; level lines show what is (DDI 0190, section 2.2.4). */
  #sense(): void {
    const direction = this.#get(Pl061.DIR);
    const levels = (this.#inputs & ~direction) | (this.#outputs & direction);
    const changed = levels ^ this.#levels;
    this.#levels = levels;
    const [level, both, high] = [this.#get(Pl061.IS), this.#get(Pl061.IBE), this.#get(Pl061.IEV)];
    const wanted = ~(levels ^ high) & 0xff;
    const edges = changed & ~level & (both | wanted);
    this.#registers?.update(Pl061.RIS, BigInt(level), BigInt(edges | (level & wanted)));
  }
}
