/** Generic Error Status Block: ACPI 6.5, section 18.3.2.7.1, table 18.11. */

import { bits, type Decoded, type Encodable, flag, list, range, rest, struct, u32 } from '../struct.ts';
import { DataEntry, type DataEntryInput } from './data-entry.ts';
import { Severity } from './severity.ts';

/** Bits of block_status; all zero means that the block is empty. */
export const BlockStatus = bits(32, {
  uncorrectable: flag(0, 'There is an uncorrectable error'),
  correctable: flag(1, 'There is a correctable error'),
  multipleUncorrectable: flag(2, 'There is more than one uncorrectable error'),
  multipleCorrectable: flag(3, 'There is more than one correctable error'),
  entryCount: range(4, 13, 'Number of data entries, at most 1023'),
});

/** The block as it is, `blockStatus` included. */
export const ErrorStatusBlock = struct('Generic error status block', {
  blockStatus: BlockStatus.doc('What the block holds'),
  rawDataOffset: u32.offsetOf('rawData').doc('From the start of the block'),
  rawDataLength: u32.bytesOf('rawData').doc('Bytes of raw data'),
  dataLength: u32.bytesOf('entries').doc('Bytes of the data entries'),
  severity: u32.doc('Severity of the whole, one of Severity'),
  entries: list(DataEntry).doc('Data entries, each with one section'),
  rawData: rest.orZero().doc('What the platform adds in a form of its own'),
});

/** Bytes before the data entries. */
export const ERROR_STATUS_BLOCK_HEADER_SIZE = 20;

type BlockInput = Encodable<typeof ErrorStatusBlock>;
type Block = Decoded<typeof ErrorStatusBlock>;
/** `blockStatus` is worked out from the entries if not given. */
export type ErrorStatusBlockInput = Omit<BlockInput, 'blockStatus'> &
  Partial<Pick<BlockInput, 'blockStatus'>>;
/** `blockStatus` is given if it is not what the entries make it. */
export type DecodedErrorStatusBlock = Omit<Block, 'blockStatus'> & Partial<Pick<Block, 'blockStatus'>>;

/** The status of a block with these entries. */
export function blockStatusOf(entries: readonly Pick<DataEntryInput, 'severity'>[]): Block['blockStatus'] {
  let uncorrectable = 0;
  let correctable = 0;
  for (const { severity } of entries) {
    if (severity === Severity.Recoverable || severity === Severity.Fatal) uncorrectable++;
    else if (severity === Severity.Corrected) correctable++;
  }
  return {
    uncorrectable: uncorrectable > 0,
    correctable: correctable > 0,
    multipleUncorrectable: uncorrectable > 1,
    multipleCorrectable: correctable > 1,
    entryCount: entries.length,
  };
}

function withStatus(block: ErrorStatusBlockInput): BlockInput {
  return { ...block, blockStatus: block.blockStatus ?? blockStatusOf(block.entries) };
}

/**
 * A block with its entries, sections and raw data, validation bits and lengths set by what is given.
 *
 * @throws AcpiError VALUE for what does not fit.
 */
export function encodeErrorStatusBlock(block: ErrorStatusBlockInput): Uint8Array {
  return ErrorStatusBlock.encode(withStatus(block));
}

/** As {@link encodeErrorStatusBlock}, to `target[offset...]`; gives the number of bytes written. */
export function encodeErrorStatusBlockInto(
  target: Uint8Array,
  offset: number,
  block: ErrorStatusBlockInput,
): number {
  return ErrorStatusBlock.encodeInto(target, offset, withStatus(block));
}

/**
 * The inverse of {@link encodeErrorStatusBlock}; bytes after the block are ignored. Raw data and unknown
 * sections are views of `bytes`.
 *
 * @throws AcpiError for what is no such block.
 */
export function decodeErrorStatusBlock(bytes: Uint8Array): DecodedErrorStatusBlock {
  const { blockStatus, ...block } = ErrorStatusBlock.decode(bytes);
  const usual = blockStatusOf(block.entries);
  const same =
    blockStatus.reserved === undefined &&
    Object.entries(usual).every(([name, value]) => blockStatus[name as keyof typeof usual] === value);
  return same ? block : { blockStatus, ...block };
}
