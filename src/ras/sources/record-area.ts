/**
 * The error-records area (QEMU's name: hardware_errors): where the guest's HEST says that records stand. One
 * range of EfiACPIMemoryNVS: a table of pointers, then a Generic Error Status Block a source.
 *
 * A source's Error Status Address names its pointer. Linux from 7.0 on reads the pointer once at probe, so it
 * never changes.
 */

import { ADDRESS_MAP } from '../../platform/address-map.ts';

/** Room for one Generic Error Status Block (HEST: Error Block Length); Linux takes 20 to 65536. */
export const ERROR_BLOCK_LENGTH = 4096;
/** Memory sections that it has room for (20 bytes, and 152 a section); given records may have more of smaller ones. */
export const MAX_SECTIONS = 26;
const POINTER_SIZE = 8;
const READ_ACK_SIZE = 8;

export interface ErrorSourceArea {
  /** Offsets in the area. */
  readonly pointer: number;
  readonly block: number;
  readonly blockLength: number;
  /** GPA of the Read Ack register, an emulated one outside the area. */
  readonly readAck: number;
}

export interface ErrorRecordArea {
  /** Bytes, a multiple of {@link ERROR_BLOCK_LENGTH}. */
  readonly size: number;
  /** By source number, which is its place in the HEST and its Read Ack register's number. */
  readonly sources: readonly ErrorSourceArea[];
  /** The area's first content: each pointer names its block, each block is empty. @param base the area's GPA */
  initial(base: number): Uint8Array;
}

/** Lays out the area for so many error sources. */
export function errorRecordArea(sources: number): ErrorRecordArea {
  if (sources * READ_ACK_SIZE > ADDRESS_MAP.readAck.size || sources * POINTER_SIZE > ERROR_BLOCK_LENGTH)
    throw new RangeError(`${sources} error sources: more than the area's table holds`);
  const layout = Array.from({ length: sources }, (_, source) => ({
    pointer: source * POINTER_SIZE,
    block: (source + 1) * ERROR_BLOCK_LENGTH,
    blockLength: ERROR_BLOCK_LENGTH,
    readAck: ADDRESS_MAP.readAck.base + source * READ_ACK_SIZE,
  }));
  const size = (sources + 1) * ERROR_BLOCK_LENGTH;
  return {
    size,
    sources: layout,
    initial(base) {
      const bytes = Buffer.alloc(size);
      for (const { pointer, block } of layout) bytes.writeBigUInt64LE(BigInt(base + block), pointer);
      return bytes;
    },
  };
}
