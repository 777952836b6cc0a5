/** Connections to GPIO and I2C controllers: ACPI 6.5, sections 6.4.3.8.1 and 6.4.3.8.2. */

import { bits, flag, list, range, rest, struct, text, u8, u16, u32 } from '../struct.ts';
import { Aml } from './term.ts';

const GpioDescriptor = struct('GPIO connection', {
  tag: u8.constant(0x8c),
  length: u16,
  revision: u8.usually(1),
  connection: u8,
  flags: bits(16, { consumer: flag(0) }),
  signal: bits(16, {
    edgeOrInput: flag(0),
    polarityOrOutput: range(1, 2),
    shared: flag(3),
    wakeCapable: flag(4),
  }),
  pull: u8,
  driveStrength: u16,
  debounce: u16,
  pinOffset: u16.offsetOf('pins'),
  sourceIndex: u8.reserved(),
  sourceOffset: u16.offsetOf('source'),
  vendorOffset: u16,
  vendorLength: u16.reserved(),
  pins: list(u16),
  source: text(),
});

const GPIO_SIZE = 23;
const POLARITY = { high: 0, low: 1, both: 2 } as const;
const PULL = { default: 0, up: 1, down: 2, none: 3 } as const;
const RESTRICTION = { none: 0, input: 1, output: 2, preserved: 3 } as const;

export interface GpioOptions {
  /** Path of the GPIO controller. */
  readonly controller: string;
  readonly pins: readonly number[];
  readonly shared?: boolean;
  readonly pull?: keyof typeof PULL;
}

export interface GpioIntOptions extends GpioOptions {
  readonly trigger: 'edge' | 'level';
  readonly polarity?: keyof typeof POLARITY;
  readonly wakeCapable?: boolean;
  /** In hundredths of a millisecond. */
  readonly debounce?: number;
}

export interface GpioIoOptions extends GpioOptions {
  readonly restriction?: keyof typeof RESTRICTION;
  /** In hundredths of a milliampere. */
  readonly driveStrength?: number;
  readonly debounce?: number;
}

interface Signal {
  readonly edgeOrInput: boolean;
  readonly polarityOrOutput: number;
  readonly wakeCapable?: boolean;
}

function gpio(connection: number, options: GpioIntOptions | GpioIoOptions, signal: Signal): Aml {
  const { controller, pins, shared = false, pull = 'default', debounce = 0 } = options;
  const end = GPIO_SIZE + 2 * pins.length + controller.length + 1;
  return new Aml(
    GpioDescriptor.encode({
      length: end - 3,
      connection,
      flags: { consumer: true },
      signal: { ...signal, shared },
      pull: PULL[pull],
      driveStrength: 'driveStrength' in options ? (options.driveStrength ?? 0) : 0,
      debounce,
      vendorOffset: end,
      pins,
      source: controller,
    }),
  );
}

/** Interrupts that come by pins of a GPIO controller. */
export function GpioInt(options: GpioIntOptions): Aml {
  const { trigger, polarity = 'high', wakeCapable = false } = options;
  return gpio(0, options, {
    edgeOrInput: trigger === 'edge',
    polarityOrOutput: POLARITY[polarity],
    wakeCapable,
  });
}

/** Pins of a GPIO controller that are read and written. */
export function GpioIo(options: GpioIoOptions): Aml {
  const restriction = RESTRICTION[options.restriction ?? 'none'];
  return gpio(1, options, { edgeOrInput: (restriction & 1) !== 0, polarityOrOutput: restriction >> 1 });
}

const I2cDescriptor = struct('I2C connection', {
  tag: u8.constant(0x8e),
  length: u16,
  revision: u8.usually(2),
  sourceIndex: u8.reserved(),
  bus: u8.constant(1),
  flags: bits(8, { deviceInitiated: flag(0), consumer: flag(1), shared: flag(2) }),
  i2cFlags: bits(16, { address10: flag(0) }),
  i2cRevision: u8.usually(1),
  dataLength: u16.usually(6),
  speed: u32,
  address: u16,
  source: rest,
});

export interface I2cOptions {
  /** Path of the I2C controller. */
  readonly controller: string;
  readonly address: number;
  /** In Hz. */
  readonly speed: number;
  /** The address has 10 bits, not 7. */
  readonly address10?: boolean;
  readonly shared?: boolean;
}

/** A device on an I2C bus. */
export function I2cSerialBus(options: I2cOptions): Aml {
  const { controller, address, speed, address10 = false, shared = false } = options;
  const source = text().encode(controller);
  return new Aml(
    I2cDescriptor.encode({
      length: 15 + source.length,
      flags: { consumer: true, shared },
      i2cFlags: { address10 },
      speed,
      address,
      source,
    }),
  );
}
