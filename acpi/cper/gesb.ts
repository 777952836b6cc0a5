/** Generic Error Status Block: ACPI 6.5, section 18.3.2.7.1, table 18.11. */

import { Codec, type DecodeOptions } from '../codec.ts';
import {
  bits,
  type Decoded,
  type Encodable,
  flag,
  list,
  range,
  readMember,
  rest,
  type Struct,
  struct,
  u32,
  writeMember,
} from '../struct.ts';
import { DataEntryCodec } from './data-entry.ts';
import type { SectionSet, SectionTypes } from './section-set.ts';
import { Severity } from './severity.ts';

/** Bits of block_status; all zero means that the block is empty. */
export const BlockStatus = bits(32, {
  uncorrectable: flag(0, 'There is an uncorrectable error'),
  correctable: flag(1, 'There is a correctable error'),
  multipleUncorrectable: flag(2, 'There is more than one uncorrectable error'),
  multipleCorrectable: flag(3, 'There is more than one correctable error'),
  entryCount: range(4, 13, 'Number of data entries, at most 1023'),
});

/** The block as it stands in memory. */
function blockStruct<T extends SectionTypes>(sections: SectionSet<T>) {
  return struct(
    'Generic error status block',
    {
      blockStatus: BlockStatus.doc('What the block holds'),
      rawDataOffset: u32.offsetOf('rawData').doc('From the start of the block'),
      rawDataLength: u32.bytesOf('rawData').doc('Bytes of raw data'),
      dataLength: u32.bytesOf('entries').doc('Bytes of the data entries'),
      severity: u32.values(Severity).doc('Severity of the whole'),
      entries: list(new DataEntryCodec(sections)).doc('Data entries, each with one section'),
      rawData: rest.orZero().doc('What the platform adds in a form of its own'),
    },
    { source: 'ACPI 6.5, 18.3.2.7.1, table 18.11' },
  );
}

/** Bytes before the data entries. */
export const ERROR_STATUS_BLOCK_HEADER_SIZE = 20;

type Block<T extends SectionTypes> = ReturnType<typeof blockStruct<T>>;
type Status = Decoded<typeof BlockStatus>;
/** `blockStatus` is given if it is not what the entries make it. */
export type ErrorStatusBlockOut<T extends SectionTypes> = Omit<Decoded<Block<T>>, 'blockStatus'> & {
  blockStatus?: Status;
};
/** `blockStatus` is worked out from the entries if not given. */
export type ErrorStatusBlockIn<T extends SectionTypes> = Omit<Encodable<Block<T>>, 'blockStatus'> & {
  readonly blockStatus?: Encodable<typeof BlockStatus> | undefined;
};

/** The status of a block with these entries. */
export function blockStatusOf(entries: readonly { readonly severity: number }[]): Status {
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

function isStatusOf(status: Status, entries: readonly { readonly severity: number }[]): boolean {
  const usual = blockStatusOf(entries);
  for (const name in usual) if (status[name as keyof Status] !== usual[name as keyof Status]) return false;
  return status.reserved === undefined;
}

/**
 * A block with its entries, sections and raw data; block status, validation bits and lengths are set by what is
 * given. Decoding ignores what follows the block; raw data and unknown sections are views of the input.
 */
export class ErrorStatusBlockCodec<T extends SectionTypes> extends Codec<
  ErrorStatusBlockOut<T>,
  ErrorStatusBlockIn<T>
> {
  readonly name = 'Generic error status block';
  /** The layout, with `blockStatus` as it is. */
  readonly block: Block<T>;
  readonly #withoutStatus: Struct<never>;

  constructor(sections: SectionSet<T>) {
    super();
    this.block = blockStruct(sections);
    this.#withoutStatus = this.block.without('blockStatus') as never;
  }

  override get variable(): boolean {
    return true;
  }

  get size(): number {
    return this.block.size;
  }

  override sizeOf(block: ErrorStatusBlockIn<T>): number {
    return this.block.sizeOf(block as never);
  }

  override extent(view: DataView, offset: number, end: number): number {
    return this.block.extent(view, offset, end);
  }

  write(view: DataView, offset: number, block: ErrorStatusBlockIn<T>): number {
    const size = this.#withoutStatus.write(view, offset, block as never);
    const status = block.blockStatus ?? blockStatusOf(block.entries);
    writeMember(this.block, 'blockStatus', view, offset, status);
    return size;
  }

  read(view: DataView, offset: number, end: number, options: DecodeOptions): ErrorStatusBlockOut<T> {
    const block = this.#withoutStatus.read(view, offset, end, options) as ErrorStatusBlockOut<T>;
    const status: Status = readMember(this.block, 'blockStatus', view, offset);
    if (!isStatusOf(status, block.entries as never)) block.blockStatus = status;
    return block;
  }
}
