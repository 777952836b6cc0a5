/** Resource descriptors: ACPI 6.5, section 6.4. */

import { bits, flag, list, struct, u8, u16, u32, u64 } from '../struct.ts';
import { Aml, Integer, packaged } from './term.ts';

/** 32-bit fixed memory range descriptor, section 6.4.3.4. */
const Memory32FixedDescriptor = struct('Memory32Fixed', {
  tag: u8.constant(0x86),
  length: u16.constant(9),
  flags: bits(8, { writable: flag(0) }),
  base: u32,
  size: u32,
});

/** Extended interrupt descriptor, section 6.4.3.6. */
const InterruptDescriptor = struct('Interrupt', {
  tag: u8.constant(0x89),
  length: u16,
  flags: bits(8, {
    consumer: flag(0),
    edge: flag(1),
    activeLow: flag(2),
    shared: flag(3),
    wakeCapable: flag(4),
  }),
  count: u8.countOf('gsivs'),
  gsivs: list(u32),
});

const addressSpaceFlags = bits(8, {
  consumer: flag(0),
  subtractive: flag(1),
  minFixed: flag(2),
  maxFixed: flag(3),
});

/** Address space descriptors, section 6.4.3.5. */
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

const QWordAddressSpace = addressSpace(0x8a, u64 as Aml64);
const DWordAddressSpace = addressSpace(0x87, u32 as Aml32);
const WordAddressSpace = addressSpace(0x88, u16 as Aml32);
type Aml64 = typeof u64;
type Aml32 = typeof u32;

/** The buffer of a _CRS: descriptors, closed by an end tag without a checksum. */
export function ResourceTemplate(...descriptors: readonly Aml[]): Aml {
  const content = new Aml(...descriptors, 0x79, 0);
  return packaged(0x11, Integer(content.size), content);
}

/** @param base GPA below 4 GiB. @param size in bytes. */
export function Memory32Fixed(base: number, size: number, writable = true): Aml {
  return new Aml(Memory32FixedDescriptor.encode({ flags: { writable }, base, size }));
}

export interface InterruptOptions {
  readonly trigger: 'edge' | 'level';
  readonly polarity?: 'high' | 'low';
  readonly shared?: boolean;
  readonly wakeCapable?: boolean;
  /** The device gives interrupts on, and does not raise them. */
  readonly producer?: boolean;
}

export function Interrupt(options: InterruptOptions, ...gsivs: readonly number[]): Aml {
  const { trigger, polarity = 'high', shared = false, wakeCapable = false, producer = false } = options;
  const flags = {
    consumer: !producer,
    edge: trigger === 'edge',
    activeLow: polarity === 'low',
    shared,
    wakeCapable,
  };
  return new Aml(InterruptDescriptor.encode({ length: 2 + 4 * gsivs.length, flags, gsivs }));
}

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
