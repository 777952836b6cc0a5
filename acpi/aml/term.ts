/** AML terms and data objects: ACPI 6.5, section 20.2. */

import { guid, u64 } from '../codec.ts';
import { AcpiError } from '../errors.ts';

/** What a term is made of: a byte (an opcode, a length), text of a byte a character, bytes, or another term. */
export type Part = number | string | Uint8Array | Aml;

/** AML: a term, a data object or a list of them. Its bytes are written once, when the outermost is asked for them. */
export class Aml {
  /** In bytes. */
  readonly size: number;
  readonly parts: readonly Part[];

  constructor(...parts: readonly Part[]) {
    let size = 0;
    for (const part of parts)
      size += typeof part === 'number' ? 1 : part instanceof Aml ? part.size : part.length;
    this.size = size;
    this.parts = parts;
  }

  get bytes(): Uint8Array {
    const bytes = new Uint8Array(this.size);
    this.write(bytes, 0);
    return bytes;
  }

  /** Writes to `bytes[offset...]`; gives where it ends. */
  write(bytes: Uint8Array, offset: number): number {
    let end = offset;
    for (const part of this.parts) {
      if (typeof part === 'number') bytes[end++] = part;
      else if (typeof part === 'string')
        for (let i = 0; i < part.length; i++) bytes[end++] = part.charCodeAt(i);
      else if (part instanceof Aml) end = part.write(bytes, end);
      else {
        bytes.set(part, end);
        end += part.length;
      }
    }
    return end;
  }
}

/**
 * What stands for a value: a term, an integer, a string, the bytes of a buffer, or an array for a package.
 * Names are written by {@link Path}, so that they are not taken for strings.
 */
export type Value = Aml | number | bigint | string | Uint8Array | readonly Value[];

/** PkgLength, section 20.2.4, in the fewest bytes. @param counted whether the length includes its own bytes. */
export function packageLength(content: number, counted = true): Aml {
  for (let size = 1; size <= 4; size++) {
    const total = counted ? content + size : content;
    // One byte has 6 bits; in several, the first has 4 and says how many follow.
    if (total >= (size === 1 ? 0x40 : 2 ** (8 * size - 4))) continue;
    if (size === 1) return new Aml(total);
    return new Aml(((size - 1) << 6) | (total & 0xf), ...littleEndian(total >> 4, size - 1));
  }
  throw new AcpiError('AML', `a package of ${content} bytes is too long`);
}

/** The bytes of an integer below 2^32. */
function littleEndian(value: number, size: number): number[] {
  const bytes: number[] = [];
  for (let i = 0; i < size; i++) bytes.push((value >>> (8 * i)) & 0xff);
  return bytes;
}

/** An operator with a PkgLength, and its content. */
export function packaged(opcode: number | Aml, ...content: readonly Part[]): Aml {
  const body = new Aml(...content);
  return new Aml(opcode, packageLength(body.size), body);
}

/** Is this A-Z or _, or, after the first character, a digit, and not longer than four characters? */
function isSegment(text: string): boolean {
  if (text.length === 0 || text.length > 4) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const letter = (code >= 0x41 && code <= 0x5a) || code === 0x5f;
    const digit = code >= 0x30 && code <= 0x39;
    if (!letter && !(digit && i > 0)) return false;
  }
  return true;
}

/** NameString, section 20.2.2: `\_SB.PWRB`, `^UID`, `COM0`. Segments are filled up with `_`. */
export function Path(path: string): Aml {
  let start = 0;
  if (path.startsWith('\\')) start = 1;
  else while (path[start] === '^') start++;
  const segments = path.length === start ? [] : path.slice(start).split('.');
  let names = '';
  for (const segment of segments) {
    if (!isSegment(segment)) throw new AcpiError('AML', `'${segment}' in '${path}' is no name`);
    names += segment.padEnd(4, '_');
  }
  const prefix = path.slice(0, start);
  switch (segments.length) {
    case 0:
      return new Aml(prefix, 0x00);
    case 1:
      return new Aml(prefix, names);
    case 2:
      return new Aml(prefix, 0x2e, names);
  }
  if (segments.length > 255) throw new AcpiError('AML', `'${path}' has more than 255 names`);
  return new Aml(prefix, 0x2f, segments.length, names);
}

/** The shortest form of an integer, section 20.2.3. */
export function Integer(value: number | bigint): Aml {
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw new AcpiError('AML', `${value} is no integer; a bigint has 64 bits`);
  if (value < 0 || value > 0xffff_ffff_ffff_ffffn) throw new AcpiError('AML', `${value} has not 64 bits`);
  if (value > 0xffff_ffff) {
    const wide = BigInt(value);
    return wide === 0xffff_ffff_ffff_ffffn ? Ones : new Aml(0x0e, u64.encode(wide));
  }
  const word = Number(value);
  if (word < 2) return new Aml(word);
  if (word <= 0xff) return new Aml(0x0a, word);
  if (word <= 0xffff) return new Aml(0x0b, ...littleEndian(word, 2));
  return new Aml(0x0c, ...littleEndian(word, 4));
}

export const Zero: Aml = /* @__PURE__ */ new Aml(0x00);
export const One: Aml = /* @__PURE__ */ new Aml(0x01);
export const Ones: Aml = /* @__PURE__ */ new Aml(0xff);

export function Text(value: string): Aml {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code === 0 || code > 0x7f) throw new AcpiError('AML', `'${value}' is not ASCII`);
  }
  return new Aml(0x0d, value, 0);
}

/** A buffer with these bytes, or zeros up to `size`. */
export function Buffer(bytes: Uint8Array, size: Value = bytes.length): Aml {
  return packaged(0x11, data(size), bytes);
}

export function Package(...elements: readonly Value[]): Aml {
  if (elements.length > 255) return packaged(0x13, Integer(elements.length), ...elements.map(data));
  return packaged(0x12, elements.length, ...elements.map(data));
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
  return new Aml(0x0c, word >> 8, word & 0xff, product >> 8, product & 0xff);
}

/** The buffer of a UUID, section 19.6.142. */
export function ToUuid(uuid: string): Aml {
  try {
    return Buffer(guid.encode(uuid));
  } catch {
    throw new AcpiError('AML', `'${uuid}' is no UUID`);
  }
}
