/** What tables are called. */

import { AnyTable, type Blob, type BlobKind, escaped, HEADER_SIZE, signatureOf } from '@rasvm/acpi';

/** Signature and OEM table id, which no two tables of a machine share but for SSDTs; of what has none, its kind. */
export function keyOf({ kind, bytes }: Blob): string {
  if (kind !== 'table' || bytes.byteLength < HEADER_SIZE)
    return kind === 'table' ? signatureOf(bytes) : kind.toUpperCase();
  const { offset, size, codec } = AnyTable.field('oemTableId');
  return escaped(
    `${signatureOf(bytes)} ${String(codec.decode(bytes.subarray(offset, offset + size)))}`.trim(),
  );
}

/** What a message calls it. */
export const KIND_NAMES: Readonly<Record<BlobKind, string>> = {
  table: 'an ACPI table',
  facs: 'a FACS',
  rsdp: 'an RSDP',
  errorStatusBlock: 'an error status block',
  cperRecord: 'a CPER record',
  hardwareErrors: "QEMU's hardware_errors",
};
