/**
 * The memory that a HEST of GHESv2 sources names, as QEMU lays it out (its file `etc/hardware_errors`): where each
 * source's block stands, each source's Read Ack register, and the blocks.
 */

import { AcpiError } from '../errors.ts';
import { array, bytes, type Decoded, type Encodable, struct, u64 } from '../struct.ts';
import { AddressSpace, type Gas, memoryRegister } from '../tables/gas.ts';
import type { Hest } from './hest.ts';
import type { Notification } from './notification.ts';

/** Bytes of a block in QEMU. */
const BLOCK_LENGTH = 1024;
const REGISTER_SIZE = 8;

/** The area's layout for so many sources. */
export function hardwareErrorsLayout(sources: number, blockLength = BLOCK_LENGTH) {
  return struct(
    'hardware_errors',
    {
      blockAddresses: array(u64, sources).doc('GPA of each block; Error Status Address names its place here'),
      readAcks: array(u64, sources).doc('Read Ack registers: 0 until the guest is done with the block'),
      blocks: array(bytes(blockLength), sources).doc('Generic Error Status Blocks'),
    },
    { source: 'QEMU, docs/specs/acpi_hest_ghes.rst' },
  );
}

/** A source's part of the area. */
export interface HardwareErrorSource {
  /** GPA of the block; its offset in the area if that has no place in memory yet. */
  readonly address: bigint;
  /** 0 until the guest is done with the block; absent where the register is not in the area. */
  readonly readAck?: bigint | undefined;
  /** A Generic Error Status Block, and what is left of its room: a view of the area. */
  readonly block: Uint8Array;
}

export interface HardwareErrorsIn {
  /** Each source's block, which may be shorter than its room, and Read Ack; an empty block and 1 unless given. */
  readonly sources: readonly Partial<Pick<HardwareErrorSource, 'readAck' | 'block'>>[];
  /** GPA of the area. @default 0, as long as it has none */
  readonly base?: bigint | number | undefined;
  /** @default 1024, QEMU's */
  readonly blockLength?: number | undefined;
}

/** @throws AcpiError VALUE where a block is longer than its room. */
export function encodeHardwareErrors(area: HardwareErrorsIn): Uint8Array {
  const { sources, base = 0, blockLength = BLOCK_LENGTH } = area;
  const first = BigInt(base) + BigInt(2 * REGISTER_SIZE * sources.length);
  return hardwareErrorsLayout(sources.length, blockLength).encode({
    blockAddresses: sources.map((_, i) => first + BigInt(i * blockLength)),
    readAcks: sources.map(({ readAck = 1n }) => readAck),
    blocks: sources.map(({ block = new Uint8Array(0) }, i) => {
      if (block.byteLength > blockLength)
        throw new AcpiError(
          'VALUE',
          `has ${block.byteLength} bytes, not ${blockLength}`,
          `sources[${i}].block`,
        );
      const room = new Uint8Array(blockLength);
      room.set(block);
      return room;
    }),
  });
}

/** How many sources there are follows from the length, or is given. */
export interface HardwareErrorsLayout {
  readonly sources?: number | undefined;
  /** @default 1024, QEMU's */
  readonly blockLength?: number | undefined;
}

/**
 * Decodes the area without its HEST.
 * @throws AcpiError LENGTH where the area has no room for a whole number of sources, TRUNCATED where it is too short.
 */
export function decodeHardwareErrors(
  area: Uint8Array,
  layout: HardwareErrorsLayout = {},
): HardwareErrorSource[] {
  const { blockLength = BLOCK_LENGTH } = layout;
  const each = 2 * REGISTER_SIZE + blockLength;
  const count = layout.sources ?? area.byteLength / each;
  if (!Number.isInteger(count) || count === 0)
    throw new AcpiError('LENGTH', `${area.byteLength} is no multiple of ${each}, the bytes of a source`);
  const { blockAddresses, readAcks, blocks } = hardwareErrorsLayout(count, blockLength).decode(area);
  return blocks.map((block, i) => ({ address: blockAddresses[i]!, readAck: readAcks[i]!, block }));
}

/** A source, and which of the HEST's it is. */
export interface DescribedErrorSource extends HardwareErrorSource {
  readonly sourceId: number;
}

/**
 * Decodes an area by the HEST that describes it, whoever laid it out: each GHES or GHESv2 source whose Error Status
 * Address is in the area.
 *
 * @param base GPA of the area; default the lowest address that the HEST names.
 * @throws AcpiError LENGTH where a block is not in the area.
 */
export function decodeDescribedErrors(
  area: Uint8Array,
  hest: Decoded<typeof Hest>,
  base = lowestAddress(hest),
): DescribedErrorSource[] {
  const view = new DataView(area.buffer, area.byteOffset, area.byteLength);
  const offsetOf = ({ addressSpace, address }: Decoded<typeof Gas>): number | undefined => {
    const isIn = address >= base && address - base <= BigInt(area.byteLength - REGISTER_SIZE);
    return addressSpace === AddressSpace.SystemMemory && isIn ? Number(address - base) : undefined;
  };
  const found: DescribedErrorSource[] = [];
  hest.sources.forEach((source, i) => {
    if (source.kind !== 'ghes' && source.kind !== 'ghesV2') return;
    const pointer = offsetOf(source.errorStatusAddress);
    if (pointer === undefined) return;
    const address = view.getBigUint64(pointer, true);
    const start = address - base;
    const { errorStatusBlockLength: length, sourceId } = source;
    if (start < 0n || start + BigInt(length) > BigInt(area.byteLength))
      throw new AcpiError(
        'LENGTH',
        `the block at 0x${address.toString(16)} is not in the area`,
        `sources[${i}]`,
      );
    const ack = source.kind === 'ghesV2' ? offsetOf(source.readAck) : undefined;
    found.push({
      sourceId,
      address,
      ...(ack === undefined ? {} : { readAck: view.getBigUint64(ack, true) }),
      block: new Uint8Array(area.buffer, area.byteOffset + Number(start), length),
    });
  });
  return found;
}

function lowestAddress({ sources }: Decoded<typeof Hest>): bigint {
  const addresses = sources.flatMap((source) =>
    source.kind === 'ghes' || source.kind === 'ghesV2' ? [source.errorStatusAddress.address] : [],
  );
  return addresses.sort((a, b) => (a < b ? -1 : 1))[0] ?? 0n;
}

export interface HardwareErrorsHestIn {
  /** How the guest is told of each source's errors; their ids are their places. */
  readonly notifications: readonly Encodable<typeof Notification>[];
  /** GPA of the area. @default 0, as long as it has none */
  readonly base?: bigint | number | undefined;
  /** @default 1024, QEMU's */
  readonly blockLength?: number | undefined;
}

/** The error sources of a HEST that describes such an area, with QEMU's values: `Hest.encode({ sources })`. */
export function hardwareErrorsHest(area: HardwareErrorsHestIn): Encodable<typeof Hest>['sources'] {
  const { notifications, base = 0, blockLength = BLOCK_LENGTH } = area;
  const register = (i: number) => memoryRegister(BigInt(base) + BigInt(i * REGISTER_SIZE), 64);
  return notifications.map((notification, i) => ({
    kind: 'ghesV2',
    sourceId: i,
    maxRawDataLength: blockLength,
    errorStatusAddress: register(i),
    notification,
    errorStatusBlockLength: blockLength,
    readAck: register(notifications.length + i),
  }));
}
