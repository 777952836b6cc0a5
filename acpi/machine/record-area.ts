/**
 * Where a machine's error records stand, as QEMU lays out its hardware_errors: a pointer a source, a Read Ack register
 * a source, and, each on a page of its own, the error status blocks.
 */

import type { Errors } from './description.ts';

/** Room for one error status block unless the machine says otherwise; Linux takes 20 to 65536. */
export const BLOCK_LENGTH = 4096;
const REGISTER = 8;
const PAGE = 4096n;

export interface SourceArea {
  /** Addresses of the register that holds the block's address, of Read Ack (undefined: a GHES without), of the block. */
  readonly statusAddress: bigint;
  readonly readAck: bigint | undefined;
  readonly block: bigint;
  readonly blockLength: number;
}

/** What must stand in memory when the machine starts, beside the tables. */
export interface MemoryContent {
  readonly name: string;
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

export interface RecordArea {
  readonly size: number;
  readonly sources: readonly SourceArea[];
  /** The area's first content: pointers to the blocks, which are empty, and registers that say "acknowledged". */
  readonly content: Uint8Array;
}

export function recordArea({ records, sources }: Errors): RecordArea {
  const base = BigInt(records);
  const toPage = (size: bigint) => ((size + PAGE - 1n) / PAGE) * PAGE;
  let end = toPage(BigInt(2 * REGISTER * sources.length));
  const areas = sources.map(({ statusAddress, readAck, blockLength = BLOCK_LENGTH }, id) => {
    const block = base + end;
    end += toPage(BigInt(blockLength));
    return {
      statusAddress: statusAddress === undefined ? base + BigInt(REGISTER * id) : BigInt(statusAddress),
      readAck: readAckOf(readAck, base + BigInt(REGISTER * (sources.length + id))),
      block,
      blockLength,
    };
  });
  const content = new Uint8Array(Number(end));
  const view = new DataView(content.buffer);
  areas.forEach(({ block }, id) => {
    view.setBigUint64(REGISTER * id, block, true);
    view.setBigUint64(REGISTER * (sources.length + id), 1n, true);
  });
  return { size: content.length, sources: areas, content };
}

function readAckOf(given: Errors['sources'][number]['readAck'], usual: bigint): bigint | undefined {
  if (given === false) return undefined;
  return given === undefined ? usual : BigInt(given);
}
