/** Resource templates, memory and interrupt descriptors: ACPI 6.5, section 6.4. */

import { bits, flag, list, struct, u8, u16, u32 } from '../struct.ts';
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
