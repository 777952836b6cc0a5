/** libcper's form of a CCIX PER log error: UEFI 2.11, appendix N.2.12. */

import { CcixPerError } from '../ccix-per.ts';
import { base64, number } from './forms.ts';
import { member, object, statedLength } from './mapping.ts';
import type { SectionForm } from './section-form.ts';

export const CCIX_PER_FORM: SectionForm = {
  name: 'CcixPer',
  minSize: 16,
  message: () => 'A CCIX PER Log Error occurred',
  form: object(CcixPerError, [
    statedLength(CcixPerError, 'length'),
    member('sourceId', number, 'ccixSourceID'),
    member('portId', number, 'ccixPortID'),
    member('log', base64, 'ccixPERLog'),
  ]),
};
