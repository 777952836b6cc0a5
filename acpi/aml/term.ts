/** AML terms and data objects: ACPI 6.5, section 20.2. */

import { guid } from '../codec.ts';
import { AcpiError } from '../errors.ts';

/** Encoded AML: a term, a data object or a list of them. */
export class Aml {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/**
 * What stands for a value: a term, an integer, a string, the bytes of a buffer, or an array for a package.
 * Names are written by {@link Path}, so that they are not taken for strings.
 */
export type Value = Aml | number | bigint | string | Uint8Array | readonly Value[];

export function concat(parts: readonly (Aml | readonly number[])[]): Aml {
  const chunks = parts.map((part) => (part instanceof Aml ? part.bytes : Uint8Array.from(part)));
  const bytes = new Uint8Array(chunks.reduce((total, chunk) => total + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return new Aml(bytes);
}

/** PkgLength, section 20.2.4, in the fewest bytes. @param counted whether the length includes its own bytes. */
export function packageLength(content: number, counted = true): Aml {
  for (let size = 1; size <= 4; size++) {
    const total = counted ? content + size : content;
    // One byte has 6 bits; in several, the first has 4 and says how many follow.
    if (total >= (size === 1 ? 0x40 : 2 ** (8 * size - 4))) continue;
    if (size === 1) return concat([[total]]);
    const bytes = [((size - 1) << 6) | (total & 0xf)];
    for (let shift = 4; bytes.length < size; shift += 8) bytes.push((total >> shift) & 0xff);
    return concat([bytes]);
  }
  throw new AcpiError('AML', `a package of ${content} bytes is too long`);
}

/** An operator with a PkgLength, and its content. */
export function packaged(opcode: readonly number[], ...content: readonly (Aml | readonly number[])[]): Aml {
  const body = concat(content);
  return concat([opcode, packageLength(body.bytes.length), body]);
}

const SEGMENT = /^[A-Z_][A-Z0-9_]{0,3}$/;

/** NameString, section 20.2.2: `\_SB.PWRB`, `^UID`, `COM0`. Segments are filled up with `_`. */
export function Path(path: string): Aml {
  const prefix = /^(\\|\^*)/.exec(path)![0];
  const rest = path.slice(prefix.length);
  const segments = rest === '' ? [] : rest.split('.');
  for (const segment of segments)
    if (!SEGMENT.test(segment)) throw new AcpiError('AML', `'${segment}' in '${path}' is no name`);
  if (segments.length > 255) throw new AcpiError('AML', `'${path}' has more than 255 names`);
  const text = (characters: string) => Array.from(characters, (c) => c.charCodeAt(0));
  const count = [[0x00], [], [0x2e]][segments.length] ?? [0x2f, segments.length];
  return concat([text(prefix), count, ...segments.map((segment) => text(segment.padEnd(4, '_')))]);
}

/** The shortest form of an integer, section 20.2.3. */
export function Integer(value: number | bigint): Aml {
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw new AcpiError('AML', `${value} is no integer; a bigint has 64 bits`);
  const wide = BigInt(value);
  if (wide < 0n || wide > 0xffff_ffff_ffff_ffffn) throw new AcpiError('AML', `${value} has not 64 bits`);
  if (wide < 2n) return concat([[Number(wide)]]);
  if (wide === 0xffff_ffff_ffff_ffffn) return Ones;
  const [opcode, size] =
    wide <= 0xffn ? [0x0a, 1] : wide <= 0xffffn ? [0x0b, 2] : wide <= 0xffff_ffffn ? [0x0c, 4] : [0x0e, 8];
  const bytes = [opcode];
  for (let i = 0; i < size; i++) bytes.push(Number((wide >> BigInt(8 * i)) & 0xffn));
  return concat([bytes]);
}

export const Zero: Aml = concat([[0x00]]);
export const One: Aml = concat([[0x01]]);
export const Ones: Aml = concat([[0xff]]);

export function Text(value: string): Aml {
  const codes = Array.from(value, (c) => c.codePointAt(0)!);
  if (codes.some((code) => code === 0 || code > 0x7f)) throw new AcpiError('AML', `'${value}' is not ASCII`);
  return concat([[0x0d], codes, [0]]);
}

/** A buffer with these bytes, or zeros up to `size`. */
export function Buffer(bytes: Uint8Array, size: Value = bytes.length): Aml {
  return packaged([0x11], data(size), new Aml(bytes));
}

export function Package(...elements: readonly Value[]): Aml {
  if (elements.length > 255) return packaged([0x13], Integer(elements.length), ...elements.map(data));
  return packaged([0x12], [elements.length], ...elements.map(data));
}

/** Any value as AML. */
export function data(value: Value): Aml {
  if (value instanceof Aml) return value;
  if (typeof value === 'number' || typeof value === 'bigint') return Integer(value);
  if (typeof value === 'string') return Text(value);
  if (value instanceof Uint8Array) return Buffer(value);
  if (Array.isArray(value)) return Package(...value);
  throw new AcpiError('AML', `a ${typeof value} is no AML value`);
}

/** A name given as text, or any term that gives an object. */
export function target(name: string | Aml): Aml {
  return typeof name === 'string' ? Path(name) : name;
}

/** A compressed EISA id (`PNP0C0C`), section 19.3.4. */
export function EisaId(id: string): Aml {
  const match = /^([A-Z]{3})([0-9A-F]{4})$/.exec(id);
  if (match === null)
    throw new AcpiError('AML', `'${id}' is no EISA id (three letters, four hexadecimal digits)`);
  const letters = Array.from(match[1]!, (c) => c.charCodeAt(0) - 0x40);
  const word = (letters[0]! << 10) | (letters[1]! << 5) | letters[2]!;
  const product = Number.parseInt(match[2]!, 16);
  return concat([[0x0c, word >> 8, word & 0xff, product >> 8, product & 0xff]]);
}

/** The buffer of a UUID, section 19.6.142. */
export function ToUuid(uuid: string): Aml {
  try {
    return Buffer(guid.encode(uuid));
  } catch {
    throw new AcpiError('AML', `'${uuid}' is no UUID`);
  }
}
