/** libcper's form of a CXL component event, the same for each kind: UEFI 2.11, appendix N.2.14. */

import type { AnyCodec } from '../../codec.ts';
import { CxlComponentDeviceId } from '../cxl-event.ts';
import { PciSlot } from '../pcie.ts';
import { at, base64, jsonObject, long, number } from './forms.ts';
import { inside, member, object, type Part, statedLength } from './mapping.ts';
import type { SectionForm } from './section-form.ts';

/** Bytes before the event record. */
const HEADER_SIZE = 32;

const deviceId = object(CxlComponentDeviceId, [
  member('vendorId', number, 'vendorID'),
  member('deviceId', number, 'deviceID'),
  member('function', number, 'functionNumber'),
  member('device', number, 'deviceNumber'),
  member('bus', number, 'busNumber'),
  member('segment', number, 'segmentNumber'),
  inside('slot', PciSlot, [member('number', number, 'slotNumber')]),
]);

/** All bytes behind the header. */
function eventLog(section: AnyCodec, event: AnyCodec): Part {
  return {
    keys: ['cxlComponentEventLog'],
    write(values, json) {
      // Validation bits are told where they say that there is a log, and it is not the event record of this kind.
      const { event, validationBits = 0n } = values;
      if (event === undefined && ((validationBits as bigint) & 4n) === 0n) return;
      const data = base64.toJson(section.encode(values as never).subarray(HEADER_SIZE));
      if (data !== undefined) json.cxlComponentEventLog = { data };
    },
    read({ cxlComponentEventLog: log }, values) {
      if (log === undefined) return;
      const { data: json } = at('cxlComponentEventLog', () => jsonObject(log));
      const data = at('cxlComponentEventLog.data', () => base64.fromJson(json ?? '') as Uint8Array);
      if (data.byteLength >= event.size) {
        values.event = event.decode(data);
        values.trailing = data.subarray(event.size);
      } else {
        // Not the event record that the section's type has; it is marked valid all the same.
        const valid = [values.deviceId, values.serialNumber, data].map((each) => each !== undefined);
        values.validationBits = valid.reduce((bits, is, bit) => bits | (is ? 1n << BigInt(bit) : 0n), 0n);
        values.trailing = data;
      }
    },
  };
}

/** The form of sections of this layout, with events of that one. */
export function cxlComponentForm(section: AnyCodec, event: AnyCodec): SectionForm {
  return {
    name: 'CxlComponent',
    minSize: HEADER_SIZE,
    message: () => 'A CXL Component Error occurred',
    form: object(section, [
      statedLength(section, 'sectionLength', 'length'),
      member('deviceId', deviceId, 'deviceID'),
      member('serialNumber', long, 'deviceSerial'),
      eventLog(section, event),
    ]),
  };
}
