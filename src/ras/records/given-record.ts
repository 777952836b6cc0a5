/** A record that was made elsewhere, for a guest to be told as it is. What its sections hold is not looked at. */

import { ErrorStatusBlockCodec } from '@rasvm/acpi/cper/gesb';
import { SectionSet } from '@rasvm/acpi/cper/section-set';
import { Severity } from '@rasvm/acpi/cper/severity';
import { AcpiError } from '@rasvm/acpi/errors';
import { RasvmError } from '../../core/errors.ts';
import { ERROR_BLOCK_LENGTH } from '../sources/record-area.ts';

export interface GivenRecord {
  /** The Generic Error Status Block. */
  bytes: Uint8Array;
  /** Of the whole, as its name or, where it has none, its number. */
  severity: string;
}

const Block = new ErrorStatusBlockCodec(new SectionSet({}));

/** @throws RasvmError USAGE for what no source can give to its guest, with what is wrong */
export function givenRecord(bytes: Uint8Array): GivenRecord {
  if (bytes.byteLength > ERROR_BLOCK_LENGTH)
    throw refused(`has more than ${ERROR_BLOCK_LENGTH} bytes, the length of the source's block`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let severity: number;
  let size: number;
  try {
    severity = Block.decode(bytes).severity;
    size = Block.extent(view, 0, bytes.byteLength);
  } catch (error) {
    if (!(error instanceof AcpiError)) throw error;
    throw refused(`is no Generic Error Status Block: ${error.message}`, error);
  }
  if (size < bytes.byteLength) throw refused(`ends after ${size} of ${bytes.byteLength} bytes`);
  if (view.getUint32(0, true) === 0)
    throw refused('has a block status of zero: no guest takes it for a record, nor acknowledges it');
  const name = Object.entries(Severity).find(([, value]) => value === severity)?.[0];
  return { bytes, severity: name?.toLowerCase() ?? String(severity) };
}

function refused(why: string, cause?: unknown): RasvmError {
  return new RasvmError('USAGE', `the record ${why}`, { cause });
}
