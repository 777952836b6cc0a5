/** The text of a whole record, as ERST and pstore keep it. The kernel prints none; the words are those of a block. */

import type { Decoded } from '../../struct.ts';
import { RecordHeader, RecordNotification } from '../record-header.ts';
import { SectionDescriptor } from '../section-descriptor.ts';
import type { CperRecord } from '../sections.ts';
import { sayEntry, saySeverity } from './block.ts';
import { timestampText } from './date.ts';
import { addBytes, addMember, addUnvalidated, words } from './generic.ts';
import { Lines } from './lines.ts';

/** A record with its sections as lines of text, each with its line feed. */
export function cperRecordText(record: Decoded<typeof CperRecord>): string {
  const out = new Lines();
  const { severity, timestamp, timestampPrecise, notificationType } = record;
  saySeverity(out, severity);
  if (timestamp !== undefined)
    out.add(`${timestampPrecise ? 'precise' : 'imprecise'} tstamp: ${timestampText(timestamp)}`);
  for (const name of ['recordId', 'creatorId', 'platformId', 'partitionId'])
    addMember(out, RecordHeader, record, name);
  out.add(`notification_type: ${notificationType}, ${notificationName(notificationType)}`);
  for (const name of ['flags', 'persistenceInfo']) addMember(out, RecordHeader, record, name);
  addUnvalidated(out, record);
  out.inside(() => {
    for (const [index, section] of record.sections.entries())
      sayEntry(out, section, index, SectionDescriptor);
  });
  for (const { offset, data } of record.gaps ?? []) addBytes(out, `bytes at ${offset}`, data);
  return out.toString();
}

function notificationName(type: string): string {
  const found = Object.entries(RecordNotification).find(([, each]) => each === type);
  return found === undefined ? 'unknown' : words(found[0]);
}
