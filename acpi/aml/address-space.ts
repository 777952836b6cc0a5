/** Address space descriptors: ACPI 6.5, section 6.4.3.5. */

import { bits, flag, struct, u8, u16, u32, u64 } from '../struct.ts';
import { Aml } from './term.ts';

const addressSpaceFlags = bits(8, {
  consumer: flag(0),
  subtractive: flag(1),
  minFixed: flag(2),
  maxFixed: flag(3),
});

const addressSpace = <T extends typeof u32 | typeof u64 | typeof u16>(tag: number, word: T) =>
  struct('Address space', {
    tag: u8.constant(tag),
    length: u16.constant(3 + 5 * word.size),
    resourceType: u8,
    flags: addressSpaceFlags,
    typeFlags: u8,
    granularity: word,
    minimum: word,
    maximum: word,
    translation: word,
    size: word,
  });

const QWordAddressSpace = addressSpace(0x8a, u64);
const DWordAddressSpace = addressSpace(0x87, u32);
const WordAddressSpace = addressSpace(0x88, u16);

const CACHING = { none: 0, cacheable: 1, writeCombining: 2, prefetchable: 3 } as const;

export interface AddressOptions {
  /** The device hands the range on to devices below it, as a host bridge does. */
  readonly producer?: boolean;
  readonly writable?: boolean;
  readonly caching?: keyof typeof CACHING;
  /** Offset from the addresses below the bridge to those above. */
  readonly translation?: number | bigint;
}

const RESOURCE = { memory: 0, io: 1, bus: 2 } as const;

function fixedFlags(options: AddressOptions) {
  return { consumer: !options.producer, minFixed: true, maxFixed: true };
}

function memoryFlags({ writable = true, caching = 'none' }: AddressOptions): number {
  return (writable ? 1 : 0) | (CACHING[caching] << 1);
}

/** A range of memory anywhere, fixed. */
export function QWordMemory(base: number | bigint, size: number | bigint, options: AddressOptions = {}): Aml {
  const minimum = BigInt(base);
  const length = BigInt(size);
  return new Aml(
    QWordAddressSpace.encode({
      resourceType: RESOURCE.memory,
      flags: fixedFlags(options),
      typeFlags: memoryFlags(options),
      granularity: 0n,
      minimum,
      maximum: minimum + length - 1n,
      translation: BigInt(options.translation ?? 0),
      size: length,
    }),
  );
}

/** A range of memory below 4 GiB, fixed. */
export function DWordMemory(base: number, size: number, options: AddressOptions = {}): Aml {
  return new Aml(
    DWordAddressSpace.encode({
      resourceType: RESOURCE.memory,
      flags: fixedFlags(options),
      typeFlags: memoryFlags(options),
      granularity: 0,
      minimum: base,
      maximum: base + size - 1,
      translation: Number(options.translation ?? 0),
      size,
    }),
  );
}

/** A range of PCI bus numbers that a host bridge hands on. */
export function WordBusNumber(first: number, count: number): Aml {
  return new Aml(
    WordAddressSpace.encode({
      resourceType: RESOURCE.bus,
      flags: fixedFlags({ producer: true }),
      typeFlags: 0,
      granularity: 0,
      minimum: first,
      maximum: first + count - 1,
      translation: 0,
      size: count,
    }),
  );
}
