/** Buffer fields, operation regions and their fields: ACPI 6.5, section 20.2.5.2. Named as in ASL. */

import { Aml, data, Path, packaged, packageLength, target, type Value } from './term.ts';

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
/** Of one bit; counts in bits. */
export const CreateBitField: CreateField = createField(0x8d);

/** Of any length; counts in bits. */
export function CreateField(buffer: string | Aml, bitIndex: Value, bits: Value, name: string): Aml {
  return new Aml(0x5b, 0x13, target(buffer), data(bitIndex), data(bits), Path(name));
}

export const RegionSpace = {
  SystemMemory: 0,
  SystemIo: 1,
  PciConfig: 2,
  EmbeddedControl: 3,
  SmBus: 4,
  SystemCmos: 5,
  PciBarTarget: 6,
  Ipmi: 7,
  GeneralPurposeIo: 8,
  GenericSerialBus: 9,
  PlatformCommunicationsChannel: 10,
} as const;

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

/** A part of a region: [name, bits], or a number of bits without a name. */
export type FieldUnit = readonly [name: string, bits: number] | number;

function flagsOf({ access, lock = false, update = 'preserve' }: FieldOptions): number {
  return FIELD_ACCESS[access] | (lock ? 0x10 : 0) | (FIELD_UPDATE[update] << 5);
}

function listOf(units: readonly FieldUnit[]): Aml[] {
  const bits = (count: number) => packageLength(count, false);
  return units.map((unit) =>
    typeof unit === 'number' ? new Aml(0x00, bits(unit)) : new Aml(Path(unit[0]), bits(unit[1])),
  );
}

/** The parts of a region in order. */
export function Field(region: string, options: FieldOptions, ...units: readonly FieldUnit[]): Aml {
  return packaged(new Aml(0x5b, 0x81), Path(region), flagsOf(options), ...listOf(units));
}

/** Parts of what is behind a pair of fields: their offset is written to `index`, their value is `value`. */
export function IndexField(
  index: string,
  value: string,
  options: FieldOptions,
  ...units: readonly FieldUnit[]
): Aml {
  return packaged(new Aml(0x5b, 0x86), Path(index), Path(value), flagsOf(options), ...listOf(units));
}

/** Parts of a region that are there while the field `bank` holds `selected`. */
export function BankField(
  region: string,
  bank: string,
  selected: Value,
  options: FieldOptions,
  ...units: readonly FieldUnit[]
): Aml {
  const names = new Aml(Path(region), Path(bank), data(selected));
  return packaged(new Aml(0x5b, 0x87), names, flagsOf(options), ...listOf(units));
}
