/** Error records in a file, all at once. */

import { type Blob, blocksOfHardwareErrors, type ReadOptions } from '@rasvm/acpi';
import { readTables } from './acpi-files.ts';

/** The blobs of a file, with the blocks of a hardware_errors area in its place. @throws RasvmError FILE */
export function readRecords(path: string, options: ReadOptions = {}): Blob[] {
  return readTables(path, options).flatMap((blob): Blob[] =>
    blob.kind === 'hardwareErrors'
      ? blocksOfHardwareErrors(blob.bytes).map((bytes) => ({ ...blob, kind: 'errorStatusBlock', bytes }))
      : [blob],
  );
}
