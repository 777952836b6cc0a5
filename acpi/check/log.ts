/** Checks the records of a log of any length, as they come. */

import { readRecords } from '../io/records.ts';
import { type EffectOptions, effectOf } from './effect.ts';
import { type Finding, kinds } from './finding.ts';
import { checkErrorStatusBlock } from './gesb.ts';
import { checkCperRecord } from './record.ts';

export const LOG = kinds('specification', 'UEFI 2.11, N.2; ACPI 6.5, 18.3.2.7.1', {
  NO_RECORD: { severity: 'error', meaning: 'Bytes between records are no record, or one that is cut' },
});

/** A record of a log, or bytes that are none, with what is to be said of it. */
export interface CheckedRecord {
  readonly kind: 'cperRecord' | 'errorStatusBlock' | 'gap';
  /** Where it begins in the log; offsets of findings count from there. */
  readonly offset: number;
  readonly findings: Finding[];
}

/**
 * What is to be said of each record of a log, and of what in it is no record, with memory for one record and one chunk.
 * With options also what an error status block does to a guest: {@link effectOf}.
 */
export async function* checkRecords(
  chunks: AsyncIterable<Uint8Array>,
  effect?: EffectOptions,
): AsyncGenerator<CheckedRecord, void, undefined> {
  for await (const record of readRecords(chunks, { damaged: 'skip' })) {
    const { kind, offset } = record;
    if (kind === 'gap') {
      const reason = `${record.length} bytes at offset ${offset}: ${record.reason}`;
      const { meaning, ...found } = LOG.NO_RECORD;
      yield { kind, offset, findings: [{ ...found, field: '', offset: 0, reason }] };
    } else yield { kind, offset, findings: checkRecord(kind, record.bytes, effect) };
  }
}

/** What is to be said of one record or block. With options also its {@link effectOf | effect}. */
export function checkRecord(
  kind: 'cperRecord' | 'errorStatusBlock',
  bytes: Uint8Array,
  effect?: EffectOptions,
): Finding[] {
  if (kind === 'cperRecord') return checkCperRecord(bytes);
  const found = checkErrorStatusBlock(bytes);
  return effect === undefined ? found : [...found, ...effectOf(bytes, effect)];
}
