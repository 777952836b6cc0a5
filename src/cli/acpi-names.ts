/** What tables are called. */

import { AnyTable, type Blob, HEADER_SIZE, signatureOf } from '@rasvm/acpi';

/** Signature and OEM table id, which no two tables of a machine share but for SSDTs; of what has none, its kind. */
export function keyOf({ kind, bytes }: Blob): string {
  if (kind !== 'table' || bytes.byteLength < HEADER_SIZE)
    return kind === 'table' ? signatureOf(bytes) : kind.toUpperCase();
  const { offset, size, codec } = AnyTable.field('oemTableId');
  return `${signatureOf(bytes)} ${String(codec.decode(bytes.subarray(offset, offset + size)))}`.trim();
}
