/** Registers that many devices have. */

import type { RegisterBank, RegisterBankSpec, RegisterSpec } from '../native/binding.ts';

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

/** Bytes of an Arm PrimeCell's registers. */
export const PRIMECELL_SIZE = 4096;

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
