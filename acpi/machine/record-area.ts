/** Where a machine's error records stand, and what must be in memory for them when the machine starts. */

import { encodeHardwareErrors, hardwareErrorsLayout } from '../apei/hardware-errors.ts';
import type { Errors, Machine } from './description.ts';

/** Room for one error status block unless the machine says otherwise; Linux takes 20 to 65536. */
export const BLOCK_LENGTH = 4096;
const REGISTER_SIZE = 8n;

/** What must stand in memory when the machine starts, beside the tables. */
export interface MemoryContent {
  readonly name: string;
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

export interface SourceRegisters {
  /** Address of the register that holds the block's address. */
  readonly statusAddress: bigint;
  /** Address of Read Ack; undefined for a GHES without it. */
  readonly readAck: bigint | undefined;
}

/** The registers of each source: in the area, as QEMU lays it out, unless the source says otherwise. */
export function sourceRegisters({ records, sources, blockLength = BLOCK_LENGTH }: Errors): SourceRegisters[] {
  const layout = hardwareErrorsLayout(sources.length, blockLength);
  const base = BigInt(records);
  const at = (member: 'blockAddresses' | 'readAcks', id: number) =>
    base + BigInt(layout.field(member).offset) + REGISTER_SIZE * BigInt(id);
  return sources.map(({ statusAddress, readAck }, id) => ({
    statusAddress: statusAddress === undefined ? at('blockAddresses', id) : BigInt(statusAddress),
    readAck: readAck === false ? undefined : BigInt(readAck ?? at('readAcks', id)),
  }));
}

/** Pointers to empty blocks, and registers that say "acknowledged". */
export function recordMemory({ errors }: Machine): MemoryContent[] {
  if (errors === undefined) return [];
  const { records, sources, blockLength = BLOCK_LENGTH } = errors;
  const bytes = encodeHardwareErrors({
    base: BigInt(records),
    sources: sources.map(() => ({})),
    blockLength,
  });
  return [{ name: 'hardware_errors', address: BigInt(records), bytes }];
}
