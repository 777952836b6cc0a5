/** Platform memory error as cper_print_mem has it (drivers/firmware/efi/cper.c). */

import type { Decoded } from '../../struct.ts';
import { ErrorStatus } from '../error-status.ts';
import { MemoryError } from '../memory.ts';
import { addMember, addUnvalidated, rawOf } from './generic.ts';
import { hex, hex64, type Lines, named } from './lines.ts';

const ERROR_TYPES = [
  'unknown',
  'no error',
  'single-bit ECC',
  'multi-bit ECC',
  'single-symbol chipkill ECC',
  'multi-symbol chipkill ECC',
  'master abort',
  'target abort',
  'parity error',
  'watchdog timeout',
  'invalid address',
  'mirror Broken',
  'memory sparing',
  'scrub corrected error',
  'scrub uncorrected error',
  'physical memory map-out event',
];

/** By the type in the error status. */
const ERROR_STATUSES: Readonly<Record<number, string>> = {
  1: 'Error detected internal to the component',
  4: 'Storage error in DRAM memory',
  5: 'Storage error in TLB',
  6: 'Storage error in cache',
  7: 'Error in one or more functional units',
  8: 'Component failed self test',
  9: 'Overflow or undervalue of internal queue',
  16: 'Error detected in the bus',
  17: 'Virtual address not found on IO-TLB or IO-PDIR',
  18: 'Improper access error',
  19: 'Access to a memory address which is not mapped to any component',
  20: 'Loss of Lockstep',
  21: 'Response not associated with a request',
  22: 'Bus parity error - must also set the A, C, or D Bits',
  23: 'Detection of a protocol error',
  24: 'Detection of a PATH_ERROR',
  25: 'Bus operation timeout',
  26: 'A read was issued to data that has been poisoned',
};

/** Bytes of the section before UEFI 2.3, and the first validation bit that is later than it. */
const OLD_LENGTH = 73;
const LATER = 15n;

type Memory = Decoded<typeof MemoryError>;

export function memoryText(out: Lines, section: Memory): void {
  if (saysTooMuch(section)) {
    // The kernel warns in a line of its own, and believes nothing of it.
    if (out.linux !== undefined) return;
    out.add('valid bits set for fields beyond structure');
  }
  if (section.errorStatus !== undefined) {
    const { type } = section.errorStatus;
    const raw = rawOf(ErrorStatus, section.errorStatus);
    // The kernel has one blank more here.
    out.say(` error_status: ${ERROR_STATUSES[type] ?? 'Reserved'} (${hex64(raw)})`);
  }
  if (section.physicalAddress !== undefined) out.say(`physical_address: ${hex64(section.physicalAddress)}`);
  if (section.physicalAddressMask !== undefined)
    out.say(`physical_address_mask: ${hex64(section.physicalAddressMask)}`);
  const location = locationOf(section);
  if (location !== '') out.say(location);
  if (section.errorType !== undefined) out.say(`error_type: ${named(section.errorType, ERROR_TYPES)}`);
  addMember(out, MemoryError, section, 'cardHandle');
  // What slot a handle stands for is known to SMBIOS tables alone, which no record has.
  if (section.moduleHandle !== undefined)
    out.say(`DIMM location: not present. DMI handle: 0x${hex(section.moduleHandle, 4)}`);
  addUnvalidated(out, section);
  addMember(out, MemoryError, section, 'trailing');
}

function saysTooMuch({ length, validationBits = 0n, bankGroup, bankAddress }: Memory): boolean {
  if (length !== OLD_LENGTH) return false;
  return validationBits >> LATER !== 0n || bankGroup !== undefined || bankAddress !== undefined;
}

/** Where it was found, in one line. */
function locationOf(section: Memory): string {
  const { row, extendedRow } = section;
  const parts: readonly (readonly [string, number | bigint | undefined])[] = [
    ['node', section.node],
    ['card', section.card],
    ['module', section.module],
    ['rank', section.rank],
    ['bank', section.bank],
    ['bank_group', section.bankGroup],
    ['bank_address', section.bankAddress],
    ['device', section.device],
    ['row', extendedRow === undefined ? row : (extendedRow << 16) | (row ?? section.unvalidated?.row ?? 0)],
    ['column', section.column],
    ['bit_position', section.bitPosition],
    ['requestor_id', section.requestorId],
    ['responder_id', section.responderId],
    ['target_id', section.targetId],
    ['chip_id', section.chipId],
  ];
  return parts
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}:${typeof value === 'bigint' ? hex64(value) : value}`)
    .join(' ');
}
