/** Checks a whole CPER record: UEFI 2.11, appendix N.2.1 and N.2.2. */

import type { AnyCodec } from '../codec.ts';
import { RecordHeader, RecordNotification } from '../cper/record-header.ts';
import { SectionDescriptor } from '../cper/section-descriptor.ts';
import { CperRecord } from '../cper/sections.ts';
import { type Finding, kinds } from './finding.ts';
import { rank } from './gesb.ts';
import { checkLayout } from './layout.ts';
import { overlaps, type Span } from './overlap.ts';
import { Report } from './report.ts';

export const RECORD = kinds('specification', 'UEFI 2.11, N.2.1', {
  RECORD_TOO_SHORT: { severity: 'error', meaning: 'The bytes are too few for the header of a record' },
  RECORD_LENGTH: {
    severity: 'error',
    meaning: 'The record length is not that of a record, or beyond the bytes',
  },
  RECORD_FOLLOWING_BYTES: { severity: 'note', meaning: 'Bytes follow the record' },
  RECORD_NO_SECTIONS: { severity: 'warning', meaning: 'The record has no section' },
  RECORD_DESCRIPTORS_OUTSIDE: {
    severity: 'error',
    meaning: 'There are more section descriptors than the record has room for',
  },
  RECORD_SECTION_OUTSIDE: {
    severity: 'error',
    meaning: 'A section stands outside the record',
    source: 'UEFI 2.11, N.2.2',
  },
  RECORD_SECTION_OVERLAP: {
    severity: 'error',
    meaning: 'A section stands in the descriptors or in another section',
    source: 'UEFI 2.11, N.2.2',
  },
  RECORD_SEVERITY: { severity: 'warning', meaning: 'The record is less severe than one of its sections' },
  RECORD_SEVERITY_HIGHER: { severity: 'note', meaning: 'The record is more severe than all of its sections' },
  RECORD_PRIMARY_SECTIONS: {
    severity: 'note',
    meaning: 'More than one section says that it is the primary one',
    source: 'UEFI 2.11, N.2.2',
  },
  RECORD_REVISION: { severity: 'note', meaning: 'The revision is not 0x101 (of a descriptor: 0x100)' },
  RECORD_NOTIFICATION: { severity: 'note', meaning: 'The notification type is none of those that are known' },
});

/**
 * What is to be said of a record with its sections. Errors first. Never throws, whatever the bytes.
 */
export function checkCperRecord(bytes: Uint8Array): Finding[] {
  const report = new Report(bytes);
  if (bytes.byteLength < RecordHeader.size) {
    report.tell(RECORD.RECORD_TOO_SHORT, '', `${bytes.byteLength} bytes are no record`);
    return report.sorted();
  }
  const word = (name: Parameters<typeof RecordHeader.field>[0]) =>
    report.view.getUint32(RecordHeader.field(name).offset, true);
  const length = word('recordLength');
  const offset = RecordHeader.field('recordLength').offset;
  if (length < RecordHeader.size || length > bytes.byteLength)
    report.tell(RECORD.RECORD_LENGTH, 'recordLength', `is ${length}, there are ${bytes.byteLength} bytes`, {
      offset,
    });
  else if (length < bytes.byteLength)
    report.tell(
      RECORD.RECORD_FOLLOWING_BYTES,
      'recordLength',
      `is ${length}, there are ${bytes.byteLength} bytes`,
      {
        offset,
      },
    );
  const end = Math.min(bytes.byteLength, Math.max(length, RecordHeader.size));
  checkLayout(report, CperRecord as unknown as AnyCodec, 0, end);
  checkHeader(report);
  checkSections(report, end, word('severity'));
  // What overlaps or stands outside has been told by a code of its own.
  if (!report.findings.some(({ severity }) => severity === 'error')) report.decode(CperRecord as never);
  return report.sorted();
}

function checkHeader(report: Report): void {
  const header = RecordHeader.places(report.view, 0, RecordHeader.size);
  const value = (name: string) => {
    const { field, start, end } = header.find((place) => place.field.name === name)!;
    return field.codec.read(report.view, start, end, {});
  };
  if (value('revision') !== 0x101)
    report.tell(RECORD.RECORD_REVISION, 'revision', `is 0x${Number(value('revision')).toString(16)}`);
  const type = value('notificationType') as string;
  if (!Object.values<string>(RecordNotification).includes(type))
    report.tell(RECORD.RECORD_NOTIFICATION, 'notificationType', `${type} is not known`);
}

function checkSections(report: Report, end: number, recordSeverity: number): void {
  const count = report.view.getUint16(RecordHeader.field('sectionCount').offset, true);
  if (count === 0) report.tell(RECORD.RECORD_NO_SECTIONS, 'sectionCount', 'is 0');
  const head = RecordHeader.size + count * SectionDescriptor.size;
  if (head > end)
    report.tell(
      RECORD.RECORD_DESCRIPTORS_OUTSIDE,
      'sectionCount',
      `${count} descriptors end at ${head}, the record at ${end}`,
    );
  const spans: Span[] = [{ path: 'the descriptors', start: 0n, end: BigInt(head) }];
  let worst = -1;
  let primary = 0;
  for (let i = 0; i < count; i++) {
    const at = RecordHeader.size + i * SectionDescriptor.size;
    if (at + SectionDescriptor.size > end) break;
    const { sectionOffset, sectionLength, severity, flags, revision } = SectionDescriptor.read(
      report.view,
      at,
      at + SectionDescriptor.size,
      {},
    );
    const path = `sections[${i}]`;
    worst = Math.max(worst, rank(severity));
    if (flags?.primary) primary++;
    if (revision !== 0x100)
      report.tell(RECORD.RECORD_REVISION, `${path}.revision`, `is 0x${revision.toString(16)}`);
    if (sectionOffset + sectionLength > end)
      report.tell(
        RECORD.RECORD_SECTION_OUTSIDE,
        `${path}.sectionOffset`,
        `ends at ${sectionOffset + sectionLength}, the record at ${end}`,
      );
    else if (sectionLength > 0)
      spans.push({ path, start: BigInt(sectionOffset), end: BigInt(sectionOffset + sectionLength) });
  }
  for (const [span, other] of overlaps(spans))
    report.tell(
      RECORD.RECORD_SECTION_OVERLAP,
      `${span.path}.sectionOffset`,
      `${span.start} is inside ${other.path}, which ends at ${other.end}`,
    );
  if (primary > 1) report.tell(RECORD.RECORD_PRIMARY_SECTIONS, 'sections', `${primary} of them do`);
  if (worst > rank(recordSeverity))
    report.tell(RECORD.RECORD_SEVERITY, 'severity', `is ${recordSeverity}, and a section is worse`);
  else if (worst >= 0 && worst < rank(recordSeverity))
    report.tell(RECORD.RECORD_SEVERITY_HIGHER, 'severity', `is ${recordSeverity}, and no section is so`);
}
