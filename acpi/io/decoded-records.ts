/** Records of a long log, decoded as they come. */

import { CperRecord, ErrorStatusBlock } from '../cper/sections.ts';
import { AcpiError, within } from '../errors.ts';
import type { Decoded } from '../struct.ts';
import { type LoggedGap, type LoggedRecord, type RecordOptions, readRecords } from './records.ts';

/** A record of a log with its value, whose byte strings are views of `bytes`. */
export type DecodedRecord =
  | (LoggedRecord & { readonly kind: 'errorStatusBlock'; readonly value: Decoded<typeof ErrorStatusBlock> })
  | (LoggedRecord & { readonly kind: 'cperRecord'; readonly value: Decoded<typeof CperRecord> });

/**
 * The error status blocks and CPER records of a log of any length, decoded, in their order, with memory for one record
 * and one chunk: {@link readRecords}, which see for what is passed over and what damage does. With `damaged: 'skip'` a
 * record that cannot be decoded is a gap too.
 *
 * @throws AcpiError with the offset in the log
 */
export async function* decodeRecords(
  chunks: AsyncIterable<Uint8Array>,
  options: RecordOptions = {},
): AsyncGenerator<DecodedRecord | LoggedGap, void, undefined> {
  for await (const record of readRecords(chunks, options)) {
    if (record.kind === 'gap') {
      yield record;
      continue;
    }
    let decoded: DecodedRecord | LoggedGap;
    try {
      decoded = decode(record);
    } catch (error) {
      if (options.damaged !== 'skip') throw within(`offset ${record.offset}`, error);
      if (!(error instanceof AcpiError)) throw error;
      const { offset, bytes } = record;
      decoded = { kind: 'gap', offset, length: bytes.byteLength, reason: error.message };
    }
    yield decoded;
  }
}

function decode({ kind, offset, bytes }: LoggedRecord): DecodedRecord {
  return kind === 'cperRecord'
    ? { kind, offset, bytes, value: CperRecord.decode(bytes) }
    : { kind, offset, bytes, value: ErrorStatusBlock.decode(bytes) };
}
