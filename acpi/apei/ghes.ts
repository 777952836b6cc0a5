/** Generic hardware error sources: ACPI 6.5, sections 18.3.2.7 (GHES) and 18.3.2.8 (GHESv2). */

import { struct, u8, u16, u32, u64 } from '../struct.ts';
import { Gas } from '../tables/gas.ts';
import { Notification } from './notification.ts';
import { ErrorSourceType, preallocation, sourceType } from './source.ts';

/** `relatedSourceId` of a source that stands for itself. */
export const NO_RELATED_SOURCE = 0xffff;

const common = {
  sourceId: u16.doc('Id, unique in the HEST'),
  relatedSourceId: u16.default(NO_RELATED_SOURCE).doc('Source that this one reports for (firmware first)'),
  flags: u8.reserved(),
  enabled: u8.default(1).doc('1: the guest is to use it'),
  ...preallocation,
  maxRawDataLength: u32.default(0).doc('Most bytes of raw data in a record'),
  errorStatusAddress: Gas.doc('Register that holds the GPA of the error status block'),
  notification: Notification.doc('How the guest is told'),
  errorStatusBlockLength: u32.doc('Most bytes of the error status block; Linux takes 20 to 65536'),
};

/** GHES: 64 bytes. */
export const Ghes = struct(
  'GHES',
  { type: sourceType(ErrorSourceType.Ghes), ...common },
  { source: 'ACPI 6.5, 18.3.2.7' },
);

/** GHESv2: 92 bytes; the guest writes (read & preserve) | write to `readAck` when it is done with a block. */
export const GhesV2 = struct(
  'GHESv2',
  {
    type: sourceType(ErrorSourceType.GhesV2),
    ...common,
    readAck: Gas.doc('Register by which the guest acknowledges'),
    readAckPreserve: u64.default(0xffff_ffff_ffff_fffen).doc('Bits of it to keep'),
    readAckWrite: u64.default(1n).doc('Bits of it to set'),
  },
  { source: 'ACPI 6.5, 18.3.2.8' },
);
