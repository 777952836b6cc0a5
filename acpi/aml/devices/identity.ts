/** What a device is known by. */

import { Name } from '../statement.ts';
import type { Aml, Value } from '../term.ts';

/** _HID and _UID. @param hid text, or an EisaId. */
export function identity(hid: Value, uid: Value): Aml[] {
  return [Name('_HID', hid), Name('_UID', uid)];
}
