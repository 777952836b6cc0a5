/** What the machine and its devices know of each other. */

import type { RegisterBank, RegisterBankSpec, RegisterSpec } from '../native/binding.ts';

/**
 * A device with memory-mapped registers. The bank says what happens natively; the rest comes here. Offsets
 * count from the bank's base. Everything a guest writes is arbitrary: no method throws for it.
 */
export interface MmioDevice {
  readonly bank: RegisterBankSpec;
  /** Gives the native bank to the device; before that nothing else is called. */
  attach(bank: RegisterBank): void;
  /** The answer to a load that waits. */
  read(offset: number, size: number): bigint;
  /** A store that waits; the bank's effects are done already. */
  write(offset: number, size: number, value: bigint): void;
  /** A store that did not wait; the bank's effects were done when it happened. */
  posted(offset: number, value: bigint): void;
  /** Called when all events at hand have been handed out: the time to pass on what was collected. */
  drained?(): void;
  /** Back to the state after power-on, shadow included. */
  reset(): void;
}

/** A register that reads as it was last written, within `mask`, all natively. */
export function storage(offset: number, value: bigint, mask: bigint): RegisterSpec {
  return {
    offset,
    size: 4,
    value,
    read: 'shadow',
    write: 'silent',
    effects: [{ op: 'store', target: offset, mask }],
  };
}

/** A register that only reads. */
export function constant(offset: number, value: bigint): RegisterSpec {
  return { offset, size: 4, value, read: 'shadow', write: 'ignore' };
}

/**
 * The eight identification registers of an Arm PrimeCell, at 0xfe0 to 0xffc.
 * @param part three decimal digits read as hexadecimal, e.g. 0x011 for PL011
 * @param revision the component's revision field
 */
export function primeCellIds(part: number, revision: number): RegisterSpec[] {
  const designer = 0x41; // Arm
  const bytes = [
    part & 0xff,
    ((designer & 0xf) << 4) | (part >> 8),
    (revision << 4) | (designer >> 4),
    0,
    0x0d,
    0xf0,
    0x05,
    0xb1,
  ];
  return bytes.map((byte, i) => constant(0xfe0 + 4 * i, BigInt(byte)));
}

/** Puts every register of a bank back to its reset value. */
export function resetShadow(spec: RegisterBankSpec, bank: RegisterBank): void {
  for (const { offset, value } of spec.registers) bank.update(offset, 0xffff_ffff_ffff_ffffn, value);
}
