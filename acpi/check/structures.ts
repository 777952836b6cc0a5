/** Rules of single structures, wherever they stand, beside those that follow from their layout. */

import type { Names } from '../codec.ts';
import { ArmErrorType } from '../cper/arm-processor.ts';
import { MemoryError } from '../cper/memory.ts';
import { Gas } from '../tables/gas.ts';
import { kinds } from './finding.ts';
import { checkRegister } from './gas.ts';
import type { Report } from './report.ts';
import { type AnyStruct, join, type StructureAt, validationOf } from './walk.ts';

export const STRUCTURE = kinds('specification', 'UEFI 2.11, N.2.5', {
  MEMORY_ROW_TWICE: {
    severity: 'warning',
    meaning: 'The validation bits of row and extended row exclude one another, and both are set',
  },
  MEMORY_BANK_TWICE: {
    severity: 'warning',
    meaning:
      'The validation bits of bank, and of bank group and address, exclude one another, and both are set',
  },
  MEMORY_ADDRESS_MASK: {
    severity: 'note',
    meaning: 'The physical address has bits that its mask says are not known',
  },
});

/** Values that are bits, of which several may be set: all of them. Some have those of Arm errors from bit 0 on. */
const BIT_SETS: ReadonlyMap<Names, number> = new Map([[ArmErrorType, 0x1f]]);

/** Whether the value is one that has a name, or made of such. */
export function isNamed(value: number, names: Names): boolean {
  const all = BIT_SETS.get(names);
  return all === undefined ? Object.values(names).includes(value) : value !== 0 && (value & ~all) === 0;
}

const ROW = 1n << 8n;
const EXTENDED_ROW = 1n << 18n;
const BANK = 1n << 6n;
const BANK_PARTS = 3n << 19n;

/** Whether a member whose validation bit is clear holds all the same, by the bit of another one. */
export function alsoHeld(struct: AnyStruct, member: string, bits: bigint): boolean {
  // The extended row is bits 16 and 17 of what row has 0 to 15 of.
  return (struct as unknown) === MemoryError && member === 'row' && (bits & EXTENDED_ROW) !== 0n;
}

function checkMemory(report: Report, { path, struct, start, places }: StructureAt): void {
  const bits = validationOf(struct, report.view, start, places);
  const field = join(path, 'validationBits');
  if ((bits & ROW) !== 0n && (bits & EXTENDED_ROW) !== 0n)
    report.tell(STRUCTURE.MEMORY_ROW_TWICE, field, 'bits 8 and 18 are set');
  if ((bits & BANK) !== 0n && (bits & BANK_PARTS) !== 0n)
    report.tell(STRUCTURE.MEMORY_BANK_TWICE, field, 'bit 6 and one of 19 and 20 are set');
  if ((bits & 6n) === 6n) {
    const address = report.view.getBigUint64(start + MemoryError.field('physicalAddress').offset, true);
    const mask = report.view.getBigUint64(start + MemoryError.field('physicalAddressMask').offset, true);
    if ((address & ~mask) !== 0n)
      report.tell(
        STRUCTURE.MEMORY_ADDRESS_MASK,
        join(path, 'physicalAddress'),
        `0x${address.toString(16)} has bits that are not in the mask 0x${mask.toString(16)}`,
      );
  }
}

export const STRUCTURE_RULES: ReadonlyMap<AnyStruct, (report: Report, at: StructureAt) => void> = new Map([
  [Gas as unknown as AnyStruct, checkRegister],
  [MemoryError as unknown as AnyStruct, checkMemory],
]);
