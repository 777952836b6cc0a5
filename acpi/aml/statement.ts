/** Namespace, statements and expressions: ACPI 6.5, section 20.2.5. Named as in ASL. */

import { AcpiError } from '../errors.ts';
import { Aml, data, Path, packaged, target, type Value } from './term.ts';

/** The AML of a definition block, to be the body of a DSDT or SSDT. */
export function definitionBlock(...terms: readonly Aml[]): Uint8Array {
  return new Aml(...terms).bytes;
}

export function Scope(path: string, ...terms: readonly Aml[]): Aml {
  return packaged(0x10, Path(path), ...terms);
}

export function Device(path: string, ...terms: readonly Aml[]): Aml {
  return packaged(new Aml(0x5b, 0x82), Path(path), ...terms);
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
export const Continue: Aml = /* @__PURE__ */ new Aml(0x9f);
export const Noop: Aml = /* @__PURE__ */ new Aml(0xa3);

export function Return(value: Value): Aml {
  return new Aml(0xa4, data(value));
}

/** Tells the drivers of `object` (a path) of an event. */
export function Notify(object: string | Aml, value: Value): Aml {
  return new Aml(0x86, target(object), data(value));
}

/** One case of a {@link Switch}. */
export interface Case {
  readonly value: Value | undefined;
  readonly terms: readonly Aml[];
}

export function Case(value: Value, ...terms: readonly Aml[]): Case {
  return { value, terms };
}

/** What is done where no case holds; stands last. */
export function Default(...terms: readonly Aml[]): Case {
  return { value: undefined, terms };
}

/** The first case whose value is `subject`, an Arg, a Local or a name: it is evaluated for each case. */
export function Switch(subject: Aml, ...cases: readonly Case[]): Aml {
  const [first, ...others] = cases;
  if (first === undefined) return new Aml();
  if (first.value === undefined) {
    if (others.length > 0) throw new AcpiError('AML', 'a Default stands last in a Switch');
    return new Aml(...first.terms);
  }
  const taken = If(LEqual(subject, first.value), ...first.terms);
  return others.length === 0 ? taken : new Aml(taken, Else(Switch(subject, ...others)));
}

export function Store(value: Value, to: string | Aml): Aml {
  return new Aml(0x70, data(value), target(to));
}

/** Stores without a conversion to the kind of object that is there. */
export function CopyObject(value: Value, to: string | Aml): Aml {
  return new Aml(0x9d, data(value), target(to));
}

/** Waits without giving the processor away, 100 microseconds at most. */
export function Stall(microseconds: Value): Aml {
  return new Aml(0x5b, 0x21, data(microseconds));
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
  return (a, b, to) => new Aml(opcode, data(a), data(b), optional(to));
}

/** A place to store something, or the null name. */
function optional(to: string | Aml | undefined): Aml | number {
  return to === undefined ? 0 : target(to);
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
export const NAnd: Arithmetic = arithmetic(0x7c);
export const NOr: Arithmetic = arithmetic(0x7e);
export const Mod: Arithmetic = arithmetic(0x85);
export const Concatenate: Arithmetic = arithmetic(0x73);
export const ConcatenateResTemplate: Arithmetic = arithmetic(0x84);
/** Of a buffer, the first bytes (Ones: to the first zero) as text. */
export const ToString: Arithmetic = arithmetic(0x9c);

/** Gives the quotient; both can be stored too. */
export function Divide(a: Value, b: Value, remainder?: string | Aml, quotient?: string | Aml): Aml {
  return new Aml(0x78, data(a), data(b), optional(remainder), optional(quotient));
}

/** `length` characters or bytes from `index` on. */
export function Mid(value: Value, index: Value, length: Value, to?: string | Aml): Aml {
  return new Aml(0x9e, data(value), data(index), data(length), optional(to));
}

/** A value and where the result is stored too. */
type Conversion = (value: Value, to?: string | Aml) => Aml;

/* @__NO_SIDE_EFFECTS__ */
function conversion(opcode: number): Conversion {
  return (value, to) => new Aml(opcode, data(value), optional(to));
}

export const Not: Conversion = conversion(0x80);
export const FindSetLeftBit: Conversion = conversion(0x81);
export const FindSetRightBit: Conversion = conversion(0x82);
export const ToBuffer: Conversion = conversion(0x96);
export const ToDecimalString: Conversion = conversion(0x97);
export const ToHexString: Conversion = conversion(0x98);
export const ToInteger: Conversion = conversion(0x99);

export function ObjectType(object: string | Aml): Aml {
  return new Aml(0x8e, target(object));
}

export function RefOf(object: string | Aml): Aml {
  return new Aml(0x71, target(object));
}

/** Is there such an object? If so, its reference is stored. */
export function CondRefOf(object: string | Aml, to?: string | Aml): Aml {
  return new Aml(0x5b, 0x12, target(object), optional(to));
}

/** Counts of 100 nanoseconds. */
export const Timer: Aml = /* @__PURE__ */ new Aml(0x5b, 0x33);
/** Stores to it are for a debugger. */
export const Debug: Aml = /* @__PURE__ */ new Aml(0x5b, 0x31);

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
