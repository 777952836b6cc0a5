/** Checks one table: its header, what its layout says, and the rules of its own. */

import { tableCodec } from '../all-tables.ts';
import { type AnyCodec, ascii } from '../codec.ts';
import type { Codec } from '../struct.ts';
import { AnyTable } from '../tables/any-table.ts';
import { HEADER_SIZE } from '../tables/header.ts';
import { Rsdp } from '../tables/rsdp.ts';
import { type Finding, kinds } from './finding.ts';
import { checkLayout } from './layout.ts';
import { Report } from './report.ts';
import { TABLE_RULES } from './tables/rules.ts';

export const TABLE = kinds('specification', 'ACPI 6.5, 5.2.6', {
  TABLE_TOO_SHORT: { severity: 'error', meaning: 'The bytes are too few for the header of a table' },
  TABLE_SIGNATURE: { severity: 'error', meaning: 'A signature is not of capital letters and digits' },
  TABLE_UNKNOWN: {
    severity: 'note',
    meaning: 'There is no layout for tables with this signature: only the header is checked',
  },
  TABLE_TRAILING_BYTES: { severity: 'warning', meaning: 'Bytes follow the length that the table has' },
});

const SIGNATURE = ascii(4);

/**
 * What is to be said of one table, RSDP or FACS: its header, each member by its declaration, the rules of the table,
 * and what Linux on arm64 makes of it. Errors first. Never throws, whatever the bytes.
 */
export function checkTable(bytes: Uint8Array): Finding[] {
  return reportOn(bytes).report.sorted();
}

/** A table with what was found, and its value where it decodes. */
export interface CheckedTable {
  readonly report: Report;
  readonly signature: string;
  readonly value: unknown;
}

export function reportOn(bytes: Uint8Array): CheckedTable {
  const report = new Report(bytes);
  const signature = bytes.byteLength < 4 ? '' : SIGNATURE.decode(bytes);
  const isRsdp = signature === 'RSD ';
  const codec = (isRsdp ? Rsdp : tableCodec(signature)) as unknown as Codec<unknown, never>;
  if (bytes.byteLength < Math.min(HEADER_SIZE, codec.minSize)) {
    report.tell(TABLE.TABLE_TOO_SHORT, '', `${bytes.byteLength} bytes are no table`);
    return { report, signature, value: undefined };
  }
  if (!isRsdp) checkHeader(report, signature, codec === (AnyTable as unknown));
  checkLayout(report, codec as AnyCodec, 0, bytes.byteLength);
  // A revision that has no layout has a header all the same.
  if (!isRsdp && signature !== 'FACS' && !report.places.has('checksum'))
    checkLayout(report, AnyTable as unknown as AnyCodec, 0, bytes.byteLength);
  const value = report.decode(codec);
  if (value !== undefined) TABLE_RULES[isRsdp ? 'RSDP' : signature]?.(report, value as never);
  return { report, signature: isRsdp ? 'RSDP' : signature, value };
}

function checkHeader(report: Report, signature: string, isUnknown: boolean): void {
  if (!/^[A-Z0-9_!]{4}$/.test(signature))
    report.tell(TABLE.TABLE_SIGNATURE, 'signature', `is ${JSON.stringify(signature)}`, { offset: 0 });
  else if (isUnknown)
    report.tell(TABLE.TABLE_UNKNOWN, 'signature', `${signature} is no table that is known here`, {
      offset: 0,
    });
  const length = report.view.getUint32(4, true);
  if (length >= HEADER_SIZE && length < report.bytes.byteLength)
    report.tell(
      TABLE.TABLE_TRAILING_BYTES,
      'length',
      `is ${length}, there are ${report.bytes.byteLength} bytes`,
      {
        offset: 4,
      },
    );
}
