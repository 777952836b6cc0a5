/** What libcper calls the parts of headers and section descriptors: UEFI 2.11, appendix N.2.1 and N.2.2. */

import { AcpiError } from '../../errors.ts';
import { bits, range, u16, u32 } from '../../struct.ts';
import { DataEntryHeader, ENTRY_REVISION, headerSize } from '../data-entry.ts';
import { RecordHeader, RecordNotification } from '../record-header.ts';
import { SectionDescriptor } from '../section-descriptor.ts';
import { timestamp } from '../timestamp.ts';
import {
  boolean,
  type Form,
  guid as guidForm,
  jsonObject,
  long,
  named,
  names,
  number,
  printable,
  reread,
  text,
  type Values,
} from './forms.ts';
import { always, flags, member, needed, object, type Part, when } from './mapping.ts';
import { typeNameOf } from './sections.ts';

/** Severities, also of error status blocks. */
export const severity: Form = named(
  names(['Recoverable', 'Fatal', 'Corrected', 'Informational'], 'Unknown'),
  'code',
);

const Revision = bits(16, { minor: range(0, 7), major: range(8, 15) });
const revision = reread(
  () => u16,
  Revision,
  object(Revision, [always('major', number, 0), always('minor', number, 0)]),
);

/** A GUID with what it is called. */
function namedGuid(key: string, nameKey: string, nameOf: (guid: string) => string): Form {
  return {
    toJson: (value) => ({ [key]: value as string, [nameKey]: nameOf(value as string) }),
    fromJson(json) {
      const { [key]: guid } = jsonObject(json);
      if (guid === undefined) throw new AcpiError('VALUE', 'is missing', key);
      return guidForm.fromJson(guid);
    },
  };
}

/** Highest values of century, year, month, day, hours, minutes, seconds that are shown. */
const TIME_LIMITS = [99, 99, 12, 31, 24, 60, 59];
/** Where they stand in the eight bytes. */
const TIME_BYTES = [7, 6, 5, 4, 2, 1, 0];

/** `2026-01-31T23:59:59+00:00`; bytes that are no time have such text too where their numbers are small enough. */
const time: Form = {
  toJson(value) {
    const bytes = timestamp.encode(value as Date | Uint8Array);
    const parts = TIME_BYTES.map((at) => (bytes[at]! >> 4) * 10 + (bytes[at]! & 15));
    parts[0]! %= 100;
    parts[1]! %= 100;
    if (parts.some((part, i) => part > TIME_LIMITS[i]!)) return undefined;
    const [century, year, month, day, hours, minutes, seconds] = parts.map((part) =>
      String(part).padStart(2, '0'),
    );
    return `${century}${year}-${month}-${day}T${hours}:${minutes}:${seconds}+00:00`;
  },
  fromJson(json) {
    const match = /^(\d\d)(\d\d)-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\+00:00|Z)$/.exec(
      text.fromJson(json) as string,
    );
    if (match === null) throw new AcpiError('VALUE', 'is no time such as 2026-01-31T23:59:59+00:00');
    const bytes = new Uint8Array(8);
    for (const [i, at] of TIME_BYTES.entries()) bytes[at] = Number.parseInt(match[i + 1]!, 16);
    return timestamp.decode(bytes);
  },
};

function hasTime({ timestamp: value }: Values): boolean {
  return value !== undefined && time.toJson(value) !== undefined;
}

const TIME: readonly Part[] = [
  member('timestamp', time),
  when(hasTime, always('timestampPrecise', boolean, false, 'timestampIsPrecise')),
];

const NOTIFICATION_NAMES: Readonly<Record<string, string>> = {
  [RecordNotification.Cmc]: 'CMC',
  [RecordNotification.Cpe]: 'CPE',
  [RecordNotification.Mce]: 'MCE',
  [RecordNotification.Pcie]: 'PCIe',
  [RecordNotification.Init]: 'INIT',
  [RecordNotification.Nmi]: 'NMI',
  [RecordNotification.Boot]: 'Boot',
  [RecordNotification.Dmar]: 'DMAr',
  [RecordNotification.Sea]: 'SEA',
  [RecordNotification.Sei]: 'SEI',
  [RecordNotification.Pei]: 'PEI',
  [RecordNotification.CxlComponent]: 'CXL Component',
};

/** One number with a name only where just one flag is set. */
const headerFlags = reread(
  () => RecordHeader.field('flags').codec,
  u32,
  named({
    names: { 1: 'HW_ERROR_FLAGS_RECOVERED', 2: 'HW_ERROR_FLAGS_PREVERR', 4: 'HW_ERROR_FLAGS_SIMULATED' },
    others: 'Unknown',
  }),
);

export const HEADER_FORM: Form = object(RecordHeader, [
  member('revision', revision),
  member('sectionCount', number),
  needed('severity', severity),
  member('recordLength', number),
  ...TIME,
  member('platformId', guidForm, 'platformID'),
  member('partitionId', guidForm, 'partitionID'),
  member('creatorId', guidForm, 'creatorID'),
  member(
    'notificationType',
    namedGuid('guid', 'type', (guid) => NOTIFICATION_NAMES[guid] ?? 'Unknown'),
  ),
  member('recordId', long, 'recordID'),
  always('flags', headerFlags, {}),
  member('persistenceInfo', long),
]);

const sectionFlags = flags({
  primary: 'primary',
  containmentWarning: 'containmentWarning',
  reset: 'reset',
  thresholdExceeded: 'errorThresholdExceeded',
  notAccessible: 'resourceNotAccessible',
  latent: 'latentError',
  propagated: 'propagated',
  overflow: 'overflow',
});

/** What a section descriptor and a generic error data entry have in common. */
const DESCRIPTION: readonly Part[] = [
  member('revision', revision),
  always('flags', sectionFlags, {}),
  needed('sectionType', namedGuid('data', 'type', typeNameOf)),
  member('fruId', guidForm, 'fruID'),
  member('fruText', printable(20)),
  needed('severity', severity),
];

export const DESCRIPTOR_FORM: Form = object(SectionDescriptor, [
  member('sectionOffset', number),
  member('sectionLength', number),
  ...DESCRIPTION,
]);

/** Entries of a revision before 0x300 end before the timestamp. */
const entryLength: Part = {
  keys: [],
  write() {},
  read(_json, values) {
    const length = headerSize((values.revision as number | undefined) ?? ENTRY_REVISION);
    if (length !== DataEntryHeader.size) values.length = length;
  },
};

/** A generic error data entry, described as libcper describes the sections of records. */
export const ENTRY_FORM: Form = object(DataEntryHeader, [
  member('dataLength', number, 'sectionLength'),
  ...DESCRIPTION,
  ...TIME,
  entryLength,
]);
