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

const ExtendedAddressSpace = struct('Extended address space', {
  tag: u8.constant(0x8b),
  length: u16.constant(53),
  resourceType: u8,
  flags: addressSpaceFlags,
  typeFlags: u8,
  revision: u8.usually(1),
  reserved: u8.reserved(),
  granularity: u64,
  minimum: u64,
  maximum: u64,
  translation: u64,
  size: u64,
  attributes: u64,
});

const CACHING = { none: 0, cacheable: 1, writeCombining: 2, prefetchable: 3 } as const;

/** What all ranges have. */
export interface RangeOptions {
  /** The device hands the range on to devices below it, as a host bridge does. */
  readonly producer?: boolean;
  /** Offset from the addresses below the bridge to those above. */
  readonly translation?: number | bigint;
}

export interface AddressOptions extends RangeOptions {
  readonly writable?: boolean;
  readonly caching?: keyof typeof CACHING;
}

export interface IoOptions extends RangeOptions {
  /** Ports below the bridge are memory above it. */
  readonly memoryAbove?: boolean;
}

const RESOURCE = { memory: 0, io: 1, bus: 2 } as const;
/** All ports of the range, ISA ones or not. */
const ENTIRE_RANGE = 3;
const TYPE_TRANSLATION = 0x10;

function fixedFlags(options: RangeOptions) {
  return { consumer: !options.producer, minFixed: true, maxFixed: true };
}

function memoryFlags({ writable = true, caching = 'none' }: AddressOptions): number {
  return (writable ? 1 : 0) | (CACHING[caching] << 1);
}

function ioFlags({ memoryAbove = false }: IoOptions): number {
  return ENTIRE_RANGE | (memoryAbove ? TYPE_TRANSLATION : 0);
}

/** The members of a fixed range, with integers as `as` makes them. */
function rangeOf<T>(
  as: (value: number | bigint) => T,
  kind: keyof typeof RESOURCE,
  typeFlags: number,
  base: number | bigint,
  size: number | bigint,
  options: RangeOptions,
) {
  return {
    resourceType: RESOURCE[kind],
    flags: fixedFlags(options),
    typeFlags,
    granularity: as(0),
    minimum: as(base),
    maximum: as(BigInt(base) + BigInt(size) - 1n),
    translation: as(options.translation ?? 0),
    size: as(size),
  };
}

/** A range of memory anywhere, fixed. */
export function QWordMemory(base: number | bigint, size: number | bigint, options: AddressOptions = {}): Aml {
  return new Aml(
    QWordAddressSpace.encode(rangeOf(BigInt, 'memory', memoryFlags(options), base, size, options)),
  );
}

/** A range of memory below 4 GiB, fixed. */
export function DWordMemory(base: number, size: number, options: AddressOptions = {}): Aml {
  return new Aml(
    DWordAddressSpace.encode(rangeOf(Number, 'memory', memoryFlags(options), base, size, options)),
  );
}

/** A range of memory with UEFI memory attributes (EFI_MEMORY_..., table 6.54), fixed. */
export function ExtendedMemory(
  base: number | bigint,
  size: number | bigint,
  attributes: bigint,
  options: AddressOptions = {},
): Aml {
  const range = rangeOf(BigInt, 'memory', memoryFlags(options), base, size, options);
  return new Aml(ExtendedAddressSpace.encode({ ...range, attributes }));
}

/** A range of ports with addresses of 64 bits, fixed. */
export function QWordIO(base: number | bigint, size: number | bigint, options: IoOptions = {}): Aml {
  return new Aml(QWordAddressSpace.encode(rangeOf(BigInt, 'io', ioFlags(options), base, size, options)));
}

/** A range of ports with addresses of 32 bits, fixed. */
export function DWordIO(base: number, size: number, options: IoOptions = {}): Aml {
  return new Aml(DWordAddressSpace.encode(rangeOf(Number, 'io', ioFlags(options), base, size, options)));
}

/** A range of ports with addresses of 16 bits, fixed. */
export function WordIO(base: number, size: number, options: IoOptions = {}): Aml {
  return new Aml(WordAddressSpace.encode(rangeOf(Number, 'io', ioFlags(options), base, size, options)));
}

/** A range of PCI bus numbers that a host bridge hands on. */
export function WordBusNumber(first: number, count: number): Aml {
  return new Aml(WordAddressSpace.encode(rangeOf(Number, 'bus', 0, first, count, { producer: true })));
}
