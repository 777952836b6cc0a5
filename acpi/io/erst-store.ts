/**
 * The file behind QEMU's ERST device (hw/acpi/erst.c, version 0x100): a header with the record id of each slot, then
 * slots of one size. Slot n begins at n times that size; the first ones are the header itself.
 */

import { AcpiError } from '../errors.ts';

/** What stands in a slot that is in use. */
export interface StoredSlot {
  /** From the start of the file. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const MAGIC = 'ERSTSTOR';
const HEADER = 24;
const LEAST_SLOT = 4096;
/** Ids of slots that hold nothing. */
const NO_RECORD: readonly bigint[] = [0n, 0xffff_ffff_ffff_ffffn];

/** Do the bytes begin as such a file does? */
export function isErstStore(bytes: Uint8Array): boolean {
  return bytes.byteLength >= HEADER && String.fromCharCode(...bytes.subarray(0, MAGIC.length)) === MAGIC;
}

/** The slots in use, in their order; a record that was cleared is in its slot still, and passed over. */
export function slotsOfErstStore(bytes: Uint8Array): StoredSlot[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(8, true);
  const first = view.getUint32(12, true);
  if (size < LEAST_SLOT || (size & (size - 1)) !== 0)
    throw new AcpiError(
      'LENGTH',
      `${size} is no size of slots, which is a power of two from ${LEAST_SLOT}`,
      'recordSize',
    );
  if (first < size || first % size !== 0)
    throw new AcpiError('LENGTH', `${first} is not where a slot begins`, 'storageOffset');
  const slots: StoredSlot[] = [];
  for (let slot = first / size; slot * size < bytes.byteLength && HEADER + 8 * slot + 8 <= first; slot++)
    if (!NO_RECORD.includes(view.getBigUint64(HEADER + 8 * slot, true)))
      slots.push({ offset: slot * size, bytes: bytes.subarray(slot * size, (slot + 1) * size) });
  return slots;
}
