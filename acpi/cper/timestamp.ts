/** CPER timestamp: UEFI 2.11, appendix N.2.1, table N.1. Eight bytes, seven of them BCD. */

import { Codec } from '../codec.ts';
import { AcpiError } from '../errors.ts';

function toBcd(number: number): number {
  return (Math.floor(number / 10) << 4) | (number % 10);
}

/** NaN if a digit is none. */
function fromBcd(byte: number): number {
  const tens = byte >> 4;
  const ones = byte & 15;
  return tens > 9 || ones > 9 ? Number.NaN : tens * 10 + ones;
}

/** UTC, whole seconds. What is no date (all zero, digits above 9) is given as its eight bytes. */
export class Timestamp extends Codec<Date | Uint8Array> {
  readonly name = 'timestamp';
  readonly size = 8;

  write(view: DataView, offset: number, value: Date | Uint8Array): number {
    if (value instanceof Uint8Array && value.byteLength === 8) {
      for (let i = 0; i < 8; i++) view.setUint8(offset + i, value[i]!);
      return 8;
    }
    const year = value instanceof Date ? value.getUTCFullYear() : Number.NaN;
    if (!(value instanceof Date) || !(year >= 0 && year <= 9999))
      throw new AcpiError('VALUE', 'is no Date of the years 0 to 9999');
    view.setUint8(offset, toBcd(value.getUTCSeconds()));
    view.setUint8(offset + 1, toBcd(value.getUTCMinutes()));
    view.setUint8(offset + 2, toBcd(value.getUTCHours()));
    // Byte 3 has the flags, a member of their own.
    view.setUint8(offset + 4, toBcd(value.getUTCDate()));
    view.setUint8(offset + 5, toBcd(value.getUTCMonth() + 1));
    view.setUint8(offset + 6, toBcd(year % 100));
    view.setUint8(offset + 7, toBcd(Math.floor(year / 100)));
    return 8;
  }

  read(view: DataView, offset: number): Date | Uint8Array {
    const seconds = fromBcd(view.getUint8(offset));
    const minutes = fromBcd(view.getUint8(offset + 1));
    const hours = fromBcd(view.getUint8(offset + 2));
    const day = fromBcd(view.getUint8(offset + 4));
    const month = fromBcd(view.getUint8(offset + 5));
    const year = fromBcd(view.getUint8(offset + 7)) * 100 + fromBcd(view.getUint8(offset + 6));
    const date = new Date(Date.UTC(2000, month - 1, day, hours, minutes, seconds));
    // Years below 100 would be taken for those of the last century.
    date.setUTCFullYear(year, month - 1, day);
    // Date turns 31 February into 2 March; a record that says so is not understood.
    const exact =
      seconds < 60 &&
      minutes < 60 &&
      hours < 24 &&
      date.getUTCDate() === day &&
      date.getUTCMonth() === month - 1;
    return exact ? date : new Uint8Array(view.buffer, view.byteOffset + offset, 8);
  }
}

export const timestamp: Codec<Date | Uint8Array> = new Timestamp();
