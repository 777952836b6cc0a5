/** Properties of a device tree that devices have in common (Devicetree Specification; arm,gic-v3.yaml). */

import { type FdtValue, u32, u64 } from '../core/fdt.ts';
import type { Region } from '../core/region.ts';
import type { InterruptLine, Slot, TreeContext } from './device.ts';

/** Interrupt specifiers of arm,gic-v3: kind, number within the kind, trigger. */
const SPI = 0;
const TRIGGER = { edge: 1, level: 4 } as const;

/** A node's name with its unit address. */
export function unitName(name: string, { base }: Pick<Region, 'base'>): string {
  return `${name}@${base.toString(16)}`;
}

export function registersOf(...regions: readonly Region[]): { reg: Uint8Array } {
  return { reg: u64(...regions.flatMap(({ base, size }) => [base, size])) };
}

export function interruptsOf(lines: readonly InterruptLine[]): { interrupts: Uint8Array } {
  return { interrupts: u32(...lines.flatMap(({ gsiv, trigger }) => [SPI, gsiv - 32, TRIGGER[trigger]])) };
}

/** What the bindings of Arm's PrimeCells begin with (arm/primecell.yaml). */
export function primeCell(name: string, slot: Slot): Record<string, FdtValue> {
  return {
    compatible: [`arm,${name}`, 'arm,primecell'],
    ...registersOf(slot),
    ...interruptsOf(slot.lines),
  };
}

/** The clocks of a PrimeCell by their names, which are all the same one here. */
export function clocked({ clock }: TreeContext, ...names: readonly string[]): Record<string, FdtValue> {
  return { clocks: u32(...names.map(() => clock)), 'clock-names': names };
}
