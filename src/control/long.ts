/** 64-bit integers, as protobufjs has them and as the api does: exact, whatever they hold. */

import type protobuf from 'protobufjs/minimal.js';

/** As protobufjs gives it. */
export type Long = Pick<protobuf.Long, 'low' | 'high' | 'unsigned'>;

/** As protobufjs takes it. */
export function long(value: bigint): protobuf.Long {
  const half = (bits: bigint) => Number(BigInt.asIntN(32, bits));
  return { low: half(value), high: half(value >> 32n), unsigned: true } satisfies Long as protobuf.Long;
}

/** Its bits. */
export function word(value: number | Long): bigint {
  if (typeof value === 'number') return BigInt(value);
  return (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0);
}

/** As a number where that is exact. */
export function unsigned(value: number | Long): number | bigint {
  if (typeof value === 'number') return value;
  const number = (value.high >>> 0) * 2 ** 32 + (value.low >>> 0);
  return Number.isSafeInteger(number) ? number : word(value);
}

/** As {@link unsigned}. */
export function signed(value: number | Long): number | bigint {
  if (typeof value === 'number') return value;
  const number = (value.high | 0) * 2 ** 32 + (value.low >>> 0);
  return Number.isSafeInteger(number) ? number : BigInt.asIntN(64, word(value));
}
