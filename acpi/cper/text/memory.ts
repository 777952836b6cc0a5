/** Platform memory error as cper_print_mem has it (drivers/firmware/efi/cper.c). */

import type { Decoded } from '../../struct.ts';
import { ErrorStatus } from '../error-status.ts';
import { MemoryError } from '../memory.ts';
import { MemoryError2 } from '../memory2.ts';
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
  const { row, extendedRow } = section;
  const wholeRow =
    extendedRow === undefined ? row : (extendedRow << 16) | (row ?? section.unvalidated?.row ?? 0);
  sayError(out, { ...section, row: wholeRow });
  addMember(out, MemoryError, section, 'cardHandle');
  if (section.moduleHandle !== undefined) sayModule(out, section.moduleHandle);
  addUnvalidated(out, section);
  addMember(out, MemoryError, section, 'trailing');
}

function saysTooMuch({ length, validationBits = 0n, bankGroup, bankAddress }: Memory): boolean {
  if (length !== OLD_LENGTH) return false;
  return validationBits >> LATER !== 0n || bankGroup !== undefined || bankAddress !== undefined;
}

/** The kernel has no words for this section; they are those of the other one. */
export function memory2Text(out: Lines, section: Decoded<typeof MemoryError2>): void {
  sayError(out, section);
  addMember(out, MemoryError2, section, 'status');
  addMember(out, MemoryError2, section, 'cardHandle');
  if (section.moduleHandle !== undefined) sayModule(out, section.moduleHandle);
  addUnvalidated(out, section);
  addMember(out, MemoryError2, section, 'trailing');
}

/** What both sections of memory have. */
type CommonMember =
  | 'errorStatus'
  | 'physicalAddress'
  | 'physicalAddressMask'
  | 'errorType'
  | (typeof LOCATION)[number][1];
type Common = { [K in CommonMember]?: Memory[K] | undefined };

/** In the order in which the kernel has them in one line. */
const LOCATION = [
  ['node', 'node'],
  ['card', 'card'],
  ['module', 'module'],
  ['rank', 'rank'],
  ['bank', 'bank'],
  ['bank_group', 'bankGroup'],
  ['bank_address', 'bankAddress'],
  ['device', 'device'],
  ['row', 'row'],
  ['column', 'column'],
  ['bit_position', 'bitPosition'],
  ['requestor_id', 'requestorId'],
  ['responder_id', 'responderId'],
  ['target_id', 'targetId'],
  ['chip_id', 'chipId'],
] as const;

function sayError(out: Lines, section: Common): void {
  const { errorStatus, physicalAddress, physicalAddressMask, errorType } = section;
  if (errorStatus !== undefined) {
    const words = ERROR_STATUSES[errorStatus.type] ?? 'Reserved';
    // The kernel has one blank more here.
    out.say(` error_status: ${words} (${hex64(rawOf(ErrorStatus, errorStatus))})`);
  }
  if (physicalAddress !== undefined) out.say(`physical_address: ${hex64(physicalAddress)}`);
  if (physicalAddressMask !== undefined) out.say(`physical_address_mask: ${hex64(physicalAddressMask)}`);
  const location = LOCATION.flatMap(([name, member]) => {
    const value = section[member];
    if (value === undefined) return [];
    return [`${name}:${typeof value === 'bigint' ? hex64(value) : value}`];
  });
  if (location.length > 0) out.say(location.join(' '));
  if (errorType !== undefined) out.say(`error_type: ${named(errorType, ERROR_TYPES)}`);
}

/** What slot a handle stands for is known to SMBIOS tables alone, which no record has. */
function sayModule(out: Lines, handle: number): void {
  out.say(`DIMM location: not present. DMI handle: 0x${hex(handle, 4)}`);
}
