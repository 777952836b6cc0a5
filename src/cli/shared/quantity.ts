/** Sizes, addresses and counts on the command line: strict, with a message that shows a valid one. */

import { RasvmError } from '../../core/errors.ts';
import { BINARY_UNIT } from '../../core/quantity-text.ts';

/** Of a vCPU's number: no machine has more. */
export const VCPU_LIMIT = 511;

/** An IPA has at most 52 bits. */
const ADDRESS_LIMIT = 2 ** 52;

/** Bytes of `512M`, `4G`, `0x1000` or `4096`: binary units K, M, G, T. Throws USAGE. */
export function parseSize(text: string, option: string): number {
  const match = /^(0x[0-9a-f]+|[0-9]+)([KMGT])?$/i.exec(text);
  const bytes = match
    ? Number(match[1]) * (BINARY_UNIT[match[2]?.toUpperCase() as keyof typeof BINARY_UNIT] ?? 1)
    : 0;
  if (bytes > 0 && bytes <= ADDRESS_LIMIT) return bytes;
  throw new RasvmError('USAGE', `${option}: '${text}' is not a size; use bytes or K, M, G, T, such as 512M`);
}

/** Throws USAGE. */
export function parseAddress(text: string, option: string): number {
  const address = /^(0x[0-9a-f]+|[0-9]+)$/i.test(text) ? Number(text) : -1;
  if (address >= 0 && address < ADDRESS_LIMIT) return address;
  throw new RasvmError(
    'USAGE',
    `${option}: '${text}' is not an address; use decimal or 0x hex below 2^52, such as 0x40000000`,
  );
}

/** A register's contents or a virtual address, 64 bits. Throws USAGE. */
export function parseWord(text: string, option: string): bigint {
  const word = /^(0x[0-9a-f]+|[0-9]+)$/i.test(text) ? BigInt(text) : -1n;
  if (word >= 0n && word < 1n << 64n) return word;
  throw new RasvmError('USAGE', `${option}: '${text}' is not a 64-bit number, decimal or 0x hex`);
}

/** An integer from `low` to `high`. Throws USAGE. */
export function parseCount(text: string, option: string, low: number, high: number): number {
  const count = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (count >= low && count <= high) return count;
  const range = high >= Number.MAX_SAFE_INTEGER ? `${low} or more` : `${low} to ${high}`;
  throw new RasvmError('USAGE', `${option}: '${text}' is not a whole number, ${range}`);
}

/** Throws USAGE. */
export function parseChoice<T extends string>(text: string, option: string, choices: readonly T[]): T {
  const found = choices.find((each) => each === text);
  if (found !== undefined) return found;
  throw new RasvmError('USAGE', `${option}: '${text}' is not one of ${choices.join(', ')}`);
}
