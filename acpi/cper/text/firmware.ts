/** Firmware error record reference as cper_print_fw_err has it (drivers/firmware/efi/cper.c). */

import type { Decoded } from '../../struct.ts';
import type { FirmwareError } from '../firmware.ts';
import { hex, type Lines } from './lines.ts';
import type { SectionContext } from './section-context.ts';

const RECORD_TYPES = [
  'IPF SAL Error Record',
  'SOC Firmware Error Record Type1 (Legacy CrashLog Support)',
  'SOC Firmware Error Record Type2',
];

/** Where the record begins: revision 0 has no GUID, and of revision 1 the kernel knows no identifier either. */
function recordOffset(revision: number): number {
  if (revision === 0) return 16;
  return revision === 1 ? 8 : 32;
}

export function firmwareText(
  out: Lines,
  section: Decoded<typeof FirmwareError>,
  { bytes }: SectionContext,
): void {
  const { errorType, revision, recordId = 0n, recordGuid } = section;
  out.say(`Firmware Error Record Type: ${RECORD_TYPES[errorType] ?? 'unknown'}`);
  out.say(`Revision: ${revision}`);
  const data = bytes();
  const offset = recordOffset(revision);
  if (revision === 0) out.say(`Record Identifier: ${hex(recordId, 8)}`);
  else if (revision === 2 && recordGuid !== undefined) out.say(`Record Identifier: ${recordGuid}`);
  if (offset > data.byteLength)
    out.say(`error section length is too small: offset=${offset}, length=${data.byteLength}`);
  else out.dump(data.subarray(offset), { text: true });
}
