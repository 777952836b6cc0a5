/** Resource templates, memory, port, register and interrupt descriptors: ACPI 6.5, section 6.4. */

import { AcpiError } from '../errors.ts';
import { bits, type Encodable, flag, list, struct, u8, u16, u32 } from '../struct.ts';
import { Gas } from '../tables/gas.ts';
import { QWordMemory } from './address-space.ts';
import { Aml, Integer, packaged } from './term.ts';

const writableFlag = bits(8, { writable: flag(0) });

/** 24-bit memory range descriptor, section 6.4.3.1; in units of 256 bytes but for the alignment. */
const Memory24Descriptor = struct('Memory24', {
  tag: u8.constant(0x81),
  length: u16.constant(9),
  flags: writableFlag,
  minimum: u16,
  maximum: u16,
  alignment: u16,
  size: u16,
});

/** 32-bit memory range descriptor, section 6.4.3.3. */
const Memory32Descriptor = struct('Memory32', {
  tag: u8.constant(0x85),
  length: u16.constant(17),
  flags: writableFlag,
  minimum: u32,
  maximum: u32,
  alignment: u32,
  size: u32,
});

/** 32-bit fixed memory range descriptor, section 6.4.3.4. */
const Memory32FixedDescriptor = struct('Memory32Fixed', {
  tag: u8.constant(0x86),
  length: u16.constant(9),
  flags: writableFlag,
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

/** IRQ descriptor, section 6.4.2.1. */
const IrqDescriptor = struct('IRQ', {
  tag: u8.constant(0x23),
  mask: u16,
  flags: bits(8, { edge: flag(0), activeLow: flag(3), shared: flag(4), wakeCapable: flag(5) }),
});

/** I/O port descriptor, section 6.4.2.5. */
const IoDescriptor = struct('IO', {
  tag: u8.constant(0x47),
  flags: bits(8, { decode16: flag(0) }),
  minimum: u16,
  maximum: u16,
  alignment: u8,
  size: u8,
});

/** Generic register descriptor, section 6.4.3.7. */
const RegisterDescriptor = struct('Register', {
  tag: u8.constant(0x82),
  length: u16.constant(12),
  register: Gas,
});

/** The buffer of a _CRS: descriptors, closed by an end tag without a checksum. */
export function ResourceTemplate(...descriptors: readonly Aml[]): Aml {
  const content = new Aml(...descriptors, 0x79, 0);
  return packaged(0x11, Integer(content.size), content);
}

/** Where a range may be, in bytes. */
export interface MemoryWindow {
  readonly minimum: number;
  /** Highest base. */
  readonly maximum: number;
  readonly alignment: number;
  readonly size: number;
  readonly writable?: boolean;
}

/** A range below 16 MiB; minimum, maximum and size are multiples of 256. */
export function Memory24({ minimum, maximum, alignment, size, writable = true }: MemoryWindow): Aml {
  const units = { minimum: minimum / 256, maximum: maximum / 256, size: size / 256 };
  return new Aml(Memory24Descriptor.encode({ flags: { writable }, ...units, alignment }));
}

/** A range below 4 GiB. */
export function Memory32({ minimum, maximum, alignment, size, writable = true }: MemoryWindow): Aml {
  return new Aml(Memory32Descriptor.encode({ flags: { writable }, minimum, maximum, alignment, size }));
}

/** @param base GPA below 4 GiB. @param size in bytes. */
export function Memory32Fixed(base: number, size: number, writable = true): Aml {
  return new Aml(Memory32FixedDescriptor.encode({ flags: { writable }, base, size }));
}

/** A range of memory of the device: Memory32Fixed where that can say it, else QWordMemory. */
export function DeviceMemory(base: number | bigint, size: number | bigint): Aml {
  const fits = BigInt(base) + BigInt(size) <= 0x1_0000_0000n;
  return fits ? Memory32Fixed(Number(base), Number(size)) : QWordMemory(base, size);
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

/** One of these inputs, 0 to 15, of the legacy interrupt controllers. */
export function IRQ(options: Omit<InterruptOptions, 'producer'>, ...irqs: readonly number[]): Aml {
  const { trigger, polarity = 'high', shared = false, wakeCapable = false } = options;
  const odd = irqs.find((irq) => !(irq >= 0 && irq <= 15));
  if (odd !== undefined) throw new AcpiError('AML', `${odd} is no IRQ (0 to 15)`);
  const mask = irqs.reduce((sum, irq) => sum | (1 << irq), 0);
  const flags = { edge: trigger === 'edge', activeLow: polarity === 'low', shared, wakeCapable };
  return new Aml(IrqDescriptor.encode({ mask, flags }));
}

/** `size` ports (255 at most) with a base from `minimum` to `maximum`. */
export function IO(minimum: number, maximum: number, alignment: number, size: number): Aml {
  return new Aml(IoDescriptor.encode({ flags: { decode16: true }, minimum, maximum, alignment, size }));
}

/** A register of any address space, as a Generic Address Structure has it. */
export function Register(register: Encodable<typeof Gas>): Aml {
  return new Aml(RegisterDescriptor.encode({ register }));
}

/** Bytes that the driver of the device understands. */
export function VendorLong(bytes: Uint8Array): Aml {
  return new Aml(0x84, bytes.length & 0xff, bytes.length >> 8, bytes);
}
