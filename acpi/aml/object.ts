/** Objects of other tables, of power and heat, and of synchronization: ACPI 6.5, section 20.2.5.2. Named as in ASL. */

import { AcpiError } from '../errors.ts';
import { Aml, data, Path, packaged, target, type Value } from './term.ts';

export const ObjectKind = {
  Unknown: 0,
  Integer: 1,
  String: 2,
  Buffer: 3,
  Package: 4,
  FieldUnit: 5,
  Device: 6,
  Event: 7,
  Method: 8,
  Mutex: 9,
  OperationRegion: 10,
  PowerResource: 11,
  Processor: 12,
  ThermalZone: 13,
  BufferField: 14,
} as const;

/** Says of an object of another table what it is. @param kind one of ObjectKind. @param args of a method. */
export function External(path: string, kind: number = ObjectKind.Unknown, args = 0): Aml {
  if (!(args >= 0 && args <= 7)) throw new AcpiError('AML', `${path}: a method has 0 to 7 arguments`);
  return new Aml(0x15, Path(path), kind, args);
}

/** Declarations by {@link External}, to stand first in a table: never run, as interpreters before ACPI 6.0 know them not. */
export function Externals(...externals: readonly Aml[]): Aml {
  return packaged(0xa0, 0x00, ...externals);
}

/** Another name for an object. */
export function Alias(source: string, name: string): Aml {
  return new Aml(0x06, Path(source), Path(name));
}

/** @param systemLevel deepest sleep state that it must be on in. @param order those of low order come first. */
export function PowerResource(
  path: string,
  systemLevel: number,
  order: number,
  ...terms: readonly Aml[]
): Aml {
  return packaged(new Aml(0x5b, 0x84), Path(path), systemLevel, order & 0xff, order >> 8, ...terms);
}

export function ThermalZone(path: string, ...terms: readonly Aml[]): Aml {
  return packaged(new Aml(0x5b, 0x85), Path(path), ...terms);
}

/** Serializes access, to be taken by Acquire; sync level 0 to 15. */
export function Mutex(path: string, syncLevel = 0): Aml {
  return new Aml(0x5b, 0x01, Path(path), syncLevel);
}

/** @param timeout milliseconds; 0xffff waits for ever. Gives true if it ran out. */
export function Acquire(mutex: string, timeout = 0xffff): Aml {
  return new Aml(0x5b, 0x23, Path(mutex), timeout & 0xff, timeout >> 8);
}

export function Release(mutex: string): Aml {
  return new Aml(0x5b, 0x27, Path(mutex));
}

/** Counts signals, each of which lets one Wait go on. */
export function Event(path: string): Aml {
  return new Aml(0x5b, 0x02, Path(path));
}

export function Signal(event: string): Aml {
  return new Aml(0x5b, 0x24, target(event));
}

/** @param timeout milliseconds; 0xffff waits for ever. Gives true if it ran out. */
export function Wait(event: string, timeout: Value = 0xffff): Aml {
  return new Aml(0x5b, 0x25, target(event), data(timeout));
}

/** Forgets the signals that nobody waited for. */
export function Reset(event: string): Aml {
  return new Aml(0x5b, 0x26, target(event));
}
