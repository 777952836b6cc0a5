/** libcper's form of a platform memory error 2: UEFI 2.11, appendix N.2.6. */

import { u8 } from '../../struct.ts';
import { MemoryError2 } from '../memory2.ts';
import { errorStatus } from './error-status.ts';
import { at, called, hexNumber, hexText, long, named, number, reread } from './forms.ts';
import { member, members, object, type Part, raw } from './mapping.ts';
import { bank, MEMORY_ERROR_TYPES, memoryMessage } from './memory.ts';
import type { SectionForm } from './section-form.ts';

const status = reread(
  () => MemoryError2.field('status').codec,
  u8,
  called('state', (value) => ((value & 1) === 0 ? 'Corrected' : 'Uncorrected')),
);

/** Is there even where the address is not valid, and says it then. */
const addressHex: Part = {
  keys: ['physicalAddressHex'],
  write(values, json) {
    json.physicalAddressHex = hexText(raw(values, 'physicalAddress') as bigint, 16);
  },
  read({ physicalAddress, physicalAddressHex: json }, values) {
    if (json === undefined || physicalAddress !== undefined) return;
    const address = at('physicalAddressHex', () => hexNumber(16).fromJson(json));
    if (address !== 0n) values.unvalidated = { physicalAddress: address };
  },
};

export const MEMORY2_FORM: SectionForm = {
  name: 'Memory2',
  minSize: 96,
  message: (values) => memoryMessage(values, 'on node'),
  form: object(MemoryError2, [
    member('errorStatus', errorStatus),
    bank,
    member('errorType', named(MEMORY_ERROR_TYPES), 'memoryErrorType'),
    member('status', status),
    member('physicalAddress', long),
    addressHex,
    member('physicalAddressMask', long),
    ...members(number, 'node', 'card', 'module', 'device', 'row', 'column', 'rank', 'bitPosition'),
    member('chipId', number, 'chipID'),
    member('requestorId', long, 'requestorID'),
    member('responderId', long, 'responderID'),
    member('targetId', long, 'targetID'),
    member('cardHandle', number, 'cardSmbiosHandle'),
    member('moduleHandle', number, 'moduleSmbiosHandle'),
  ]),
};
