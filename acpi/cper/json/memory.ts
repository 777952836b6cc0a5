/** libcper's form of a platform memory error: UEFI 2.11, appendix N.2.5. */

import { MemoryError } from '../memory.ts';
import { errorStatus } from './error-status.ts';
import { hexText, long, type Names, named, names, number, type Values } from './forms.ts';
import { bitsOf, group, member, members, object, type Part, raw, shown, when } from './mapping.ts';
import type { SectionForm } from './section-form.ts';

export const MEMORY_ERROR_TYPES: Names = names([
  'Unknown',
  'No Error',
  'Single-bit ECC',
  'Multi-bit ECC',
  'Single-symbol ChipKill ECC',
  'Multi-symbol ChipKill ECC',
  'Master Abort',
  'Target Abort',
  'Parity Error',
  'Watchdog Timeout',
  'Invalid Address',
  'Mirror Broken',
  'Memory Sparing',
  'Scrub Corrected Error',
  'Scrub Uncorrected Error',
  'Physical Memory Map-out Event',
]);

/** Half of the bank's number, for where that is not valid as a whole: shown, be it valid itself or not. */
function halfBank(name: string, shift: number, key: string): Part {
  const part = member(name, number, key);
  return {
    ...part,
    write(values, json) {
      const half = (raw(values, name) as number) || ((raw(values, 'bank') as number) >> shift) & 0xff;
      if (values.bank === undefined) json[key] = half;
    },
  };
}

export const bank: Part = group('bank', [
  member('bank', number, 'value'),
  halfBank('bankAddress', 0, 'address'),
  halfBank('bankGroup', 8, 'group'),
]);

/** What happened and where, in a sentence. */
export function memoryMessage(values: Values, atNode: string): string {
  const type = values.errorType as number | undefined;
  const what =
    type === undefined ? 'An Unknown' : `A ${MEMORY_ERROR_TYPES.names[type] ?? MEMORY_ERROR_TYPES.others}`;
  const address = values.physicalAddress as bigint | undefined;
  const where = address === undefined ? '' : ` at address ${hexText(address, 16)}`;
  const node = values.node === undefined ? '' : ` ${atNode} ${values.node}`;
  return `${what} Memory Error occurred${where}${node}`;
}

export const MEMORY_FORM: SectionForm = {
  name: 'Memory',
  minSize: 80,
  message: (values) => memoryMessage(values, 'at node'),
  form: object(MemoryError, [
    member('errorStatus', errorStatus),
    bank,
    member('errorType', named(MEMORY_ERROR_TYPES), 'memoryErrorType'),
    when(
      ({ extendedRow }) => extendedRow !== undefined,
      group('extended', [
        bitsOf('extendedRow', ['rowBit16', 'rowBit17']),
        member('chipId', number, 'chipIdentification'),
      ]),
    ),
    member('cardHandle', number, 'cardSmbiosHandle'),
    member('moduleHandle', number, 'moduleSmbiosHandle'),
    member('physicalAddress', long),
    shown('physicalAddressHex', ({ physicalAddress }) =>
      physicalAddress === undefined ? undefined : hexText(physicalAddress as bigint, 16),
    ),
    member('physicalAddressMask', long),
    ...members(number, 'node', 'card'),
    member('module', number, 'moduleRank'),
    ...members(number, 'device', 'row', 'column', 'bitPosition'),
    member('requestorId', long, 'requestorID'),
    member('responderId', long, 'responderID'),
    member('targetId', long, 'targetID'),
    member('rank', number, 'rankNumber'),
  ]),
};
