/** Named objects, statements and expressions: ACPI 6.5, section 20.2.5. Named as in ASL. */

import { AcpiError } from '../errors.ts';
import { Aml, data, Path, packaged, packageLength, target, type Value } from './term.ts';

/** The AML of a definition block, to be the body of a DSDT or SSDT. */
export function definitionBlock(...terms: readonly Aml[]): Uint8Array {
  return new Aml(...terms).bytes;
}

/** An opcode of two bytes, ExtOpPrefix first. */
function extended(opcode: number): Aml {
  return new Aml(0x5b, opcode);
}

export function Scope(path: string, ...terms: readonly Aml[]): Aml {
  return packaged(0x10, Path(path), ...terms);
}

export function Device(path: string, ...terms: readonly Aml[]): Aml {
  return packaged(extended(0x82), Path(path), ...terms);
}

export function Name(path: string, value: Value): Aml {
  return new Aml(0x08, Path(path), data(value));
}

export interface MethodOptions {
  /** Number of arguments, 0 to 7. */
  readonly args?: number;
  readonly serialized?: boolean;
}

export function Method(path: string, options: MethodOptions, ...terms: readonly Aml[]): Aml {
  const { args = 0, serialized = false } = options;
  if (!(args >= 0 && args <= 7)) throw new AcpiError('AML', `${path}: a method has 0 to 7 arguments`);
  return packaged(0x14, Path(path), args | (serialized ? 8 : 0), ...terms);
}

/** The value that a method of this name gives. */
export function Call(path: string, ...args: readonly Value[]): Aml {
  return new Aml(Path(path), ...args.map(data));
}

/* @__NO_SIDE_EFFECTS__ */
function slot(base: number, count: number, what: string) {
  return (index: number): Aml => {
    if (!(Number.isInteger(index) && index >= 0 && index < count))
      throw new AcpiError('AML', `there is no ${what}${index}`);
    return new Aml(base + index);
  };
}

export const Local: (index: number) => Aml = slot(0x60, 8, 'Local');
export const Arg: (index: number) => Aml = slot(0x68, 7, 'Arg');

export function If(predicate: Value, ...terms: readonly Aml[]): Aml {
  return packaged(0xa0, data(predicate), ...terms);
}

/** Follows an If. */
export function Else(...terms: readonly Aml[]): Aml {
  return packaged(0xa1, ...terms);
}

export function While(predicate: Value, ...terms: readonly Aml[]): Aml {
  return packaged(0xa2, data(predicate), ...terms);
}

export const Break: Aml = /* @__PURE__ */ new Aml(0xa5);
export const Noop: Aml = /* @__PURE__ */ new Aml(0xa3);

export function Return(value: Value): Aml {
  return new Aml(0xa4, data(value));
}

/** Tells the drivers of `object` (a path) of an event. */
export function Notify(object: string | Aml, value: Value): Aml {
  return new Aml(0x86, target(object), data(value));
}

export function Store(value: Value, to: string | Aml): Aml {
  return new Aml(0x70, data(value), target(to));
}

export function Sleep(milliseconds: Value): Aml {
  return new Aml(0x5b, 0x22, data(milliseconds));
}

/* @__NO_SIDE_EFFECTS__ */
function compare(...opcode: readonly number[]) {
  return (a: Value, b: Value): Aml => new Aml(...opcode, data(a), data(b));
}

type Comparison = (a: Value, b: Value) => Aml;
export const LAnd: Comparison = compare(0x90);
export const LOr: Comparison = compare(0x91);
export const LEqual: Comparison = compare(0x93);
export const LGreater: Comparison = compare(0x94);
export const LLess: Comparison = compare(0x95);
export const LNotEqual: Comparison = compare(0x92, 0x93);
export const LLessEqual: Comparison = compare(0x92, 0x94);
export const LGreaterEqual: Comparison = compare(0x92, 0x95);

export function LNot(value: Value): Aml {
  return new Aml(0x92, data(value));
}

/** a, b and where the result is stored too. */
type Arithmetic = (a: Value, b: Value, to?: string | Aml) => Aml;

/* @__NO_SIDE_EFFECTS__ */
function arithmetic(opcode: number): Arithmetic {
  return (a, b, to) => new Aml(opcode, data(a), data(b), to === undefined ? 0 : target(to));
}

export const Add: Arithmetic = arithmetic(0x72);
export const Subtract: Arithmetic = arithmetic(0x74);
export const Multiply: Arithmetic = arithmetic(0x77);
export const ShiftLeft: Arithmetic = arithmetic(0x79);
export const ShiftRight: Arithmetic = arithmetic(0x7a);
export const And: Arithmetic = arithmetic(0x7b);
export const Or: Arithmetic = arithmetic(0x7d);
export const Xor: Arithmetic = arithmetic(0x7f);
export const Index: Arithmetic = arithmetic(0x88);

export function Increment(object: string | Aml): Aml {
  return new Aml(0x75, target(object));
}

export function Decrement(object: string | Aml): Aml {
  return new Aml(0x76, target(object));
}

export function DerefOf(value: Value): Aml {
  return new Aml(0x83, data(value));
}

export function SizeOf(object: string | Aml): Aml {
  return new Aml(0x87, target(object));
}

/* @__NO_SIDE_EFFECTS__ */
function createField(opcode: number) {
  return (buffer: string | Aml, byteIndex: Value, name: string): Aml =>
    new Aml(opcode, target(buffer), data(byteIndex), Path(name));
}

type CreateField = (buffer: string | Aml, byteIndex: Value, name: string) => Aml;
export const CreateDWordField: CreateField = createField(0x8a);
export const CreateWordField: CreateField = createField(0x8b);
export const CreateByteField: CreateField = createField(0x8c);
export const CreateQWordField: CreateField = createField(0x8f);

export const RegionSpace = { SystemMemory: 0, SystemIo: 1, PciConfig: 2, EmbeddedControl: 3 } as const;

/** @param space one of RegionSpace. @param offset and length in bytes. */
export function OperationRegion(path: string, space: number, offset: Value, length: Value): Aml {
  return new Aml(0x5b, 0x80, Path(path), space, data(offset), data(length));
}

const FIELD_ACCESS = { any: 0, byte: 1, word: 2, dword: 3, qword: 4, buffer: 5 } as const;
const FIELD_UPDATE = { preserve: 0, writeAsOnes: 1, writeAsZeros: 2 } as const;

export interface FieldOptions {
  readonly access: keyof typeof FIELD_ACCESS;
  readonly lock?: boolean;
  readonly update?: keyof typeof FIELD_UPDATE;
}

/** The parts of a region in order: [name, bits], or a number of bits without a name. */
export function Field(
  region: string,
  options: FieldOptions,
  ...units: readonly (readonly [name: string, bits: number] | number)[]
): Aml {
  const { access, lock = false, update = 'preserve' } = options;
  const flags = FIELD_ACCESS[access] | (lock ? 0x10 : 0) | (FIELD_UPDATE[update] << 5);
  const bits = (count: number) => packageLength(count, false);
  const list = units.map((unit) =>
    typeof unit === 'number' ? new Aml(0x00, bits(unit)) : new Aml(Path(unit[0]), bits(unit[1])),
  );
  return packaged(extended(0x81), Path(region), flags, ...list);
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
