/** libcper's form of a firmware error record reference: UEFI 2.11, appendix N.2.10. */

import { ZERO_GUID } from '../../struct.ts';
import { FirmwareError } from '../firmware.ts';
import { guid, long, named, names, number } from './forms.ts';
import { always, needed, object } from './mapping.ts';
import type { SectionForm } from './section-form.ts';

const RECORD_TYPES = names([
  'IPF SAL Error Record',
  'SOC Firmware Error Record (Type1 Legacy)',
  'SOC Firmware Error Record (Type2)',
]);

export const FIRMWARE_FORM: SectionForm = {
  name: 'Firmware',
  minSize: 32,
  message: () => 'A Firmware Error occurred',
  form: object(FirmwareError, [
    needed('errorType', named(RECORD_TYPES), 'errorRecordType'),
    always('revision', number, 0),
    always('recordId', long, 0n, 'recordID'),
    always('recordGuid', guid, ZERO_GUID, 'recordIDGUID'),
  ]),
};
