/** A declared layout as Markdown: one section for each structure, with a row for each member. */

import {
  Ascii,
  type BitRange,
  Bits,
  Bytes,
  type Codec,
  type FieldInfo,
  FixedArray,
  List,
  type Names,
  Part,
  Rest,
  Struct,
  Text,
  Union,
  ZERO_GUID,
} from '@rasvm/acpi';
import { anchorOf, code, listed, rowsOf, sentences } from './markdown.ts';

type AnyCodec = Codec<unknown, never>;
export type AnyStruct = Struct<Readonly<Record<string, never>>>;

/** The structures of one document, each once, under the first heading that needs it. */
export class Layouts {
  readonly #told = new Map<unknown, string>();
  readonly #anchors = new Set<string>();

  /** Whether a section tells of the structure. */
  has(struct: unknown): boolean {
    return this.#told.has(struct);
  }

  /** Has other codecs, which are no structures, link to a section: those of whole containers. */
  alias(codec: unknown, heading: string): void {
    this.#told.set(codec, anchorOf(heading));
  }

  /**
   * The structure as a section, and behind it those that it is made of and that no section has told yet.
   *
   * @param heading the line under which it stands, without marks
   * @param from members before this offset are left out: another section has them
   * @param about sentences above the table
   */
  section(level: number, heading: string, struct: AnyStruct, { from = 0, about = '' } = {}): string {
    this.#enter(heading, struct);
    const parts: AnyStruct[] = [];
    const told = struct.fields.filter(({ offset }) => offset >= from);
    const rows = told.flatMap((field) => this.#rows(field, struct, parts));
    const lengths = struct.lengths.join(' or ');
    const size = `${struct.variable ? 'at least ' : ''}${lengths} bytes`;
    const own = [
      `${'#'.repeat(level)} ${heading}`,
      ...(about === '' ? [] : [about]),
      `${struct.source}; ${size}.`,
      rowsOf(['Offset', 'Bytes', 'Member', 'Type', 'Meaning'], rows),
    ];
    const below: string[] = [];
    for (const part of parts)
      if (!this.#told.has(part)) below.push(this.section(Math.min(level + 1, 4), part.name, part));
    return [...own, ...below].join('\n\n');
  }

  #enter(heading: string, struct: AnyStruct): void {
    const anchor = anchorOf(heading);
    if (this.#anchors.has(anchor)) throw new Error(`two structures are called ${heading}`);
    if (struct.source === '') throw new Error(`${heading}: no source`);
    this.#anchors.add(anchor);
    this.#told.set(struct, anchor);
  }

  #rows(field: FieldInfo, struct: AnyStruct, parts: AnyStruct[]): string[][] {
    const own = [
      offsetOf(field, struct),
      field.codec.variable ? '' : `${field.size}`,
      code(field.name),
      this.#typeOf(field.codec, parts),
      sentences(field.text, namesOf(field.names ?? partNames(field.codec)), ...rolesOf(field, struct)),
    ];
    if (!(field.codec instanceof Bits)) return [own];
    const ranges = Object.entries(field.codec.ranges as Readonly<Record<string, BitRange<number>>>);
    return [own, ...ranges.map(([name, range]) => rangeRow(field.name, name, range))];
  }

  #typeOf(codec: AnyCodec, parts: AnyStruct[]): string {
    if (codec instanceof Struct) return this.#link(codec as never, parts);
    if (codec instanceof Union)
      return Object.entries(codec.variants as Record<string, AnyStruct>)
        .map(([kind, variant]) => `${code(kind)}: ${this.#link(variant, parts)}`)
        .join(', ');
    if (codec instanceof List) return `list of ${this.#typeOf(codec.element as AnyCodec, parts)}`;
    if (codec instanceof FixedArray)
      return `${codec.count} × ${this.#typeOf(codec.element as AnyCodec, parts)}`;
    if (codec instanceof Ascii || codec instanceof Text) return 'text';
    if (codec instanceof Bytes || codec instanceof Rest) return 'bytes';
    if (codec instanceof Bits) return 'bit field';
    const anchor = this.#told.get(codec);
    return anchor === undefined ? codec.name : `[${codec.name}](#${anchor})`;
  }

  #link(struct: AnyStruct, parts: AnyStruct[]): string {
    parts.push(struct);
    return `[${struct.name}](#${this.#told.get(struct) ?? anchorOf(struct.name)})`;
  }
}

function offsetOf(field: FieldInfo, struct: AnyStruct): string {
  if (field.derivation?.from === 'padding') return 'at the end';
  if (!field.codec.variable) return `${field.offset}`;
  const at = struct.layout.tails.findIndex((tail) => tail.field === field);
  const { start } = struct.layout.tails[at]!;
  if (start !== undefined) return code(start.name);
  return at === 0 ? `${field.offset}` : `after ${code(struct.layout.tails[at - 1]!.field.name)}`;
}

function rangeRow(field: string, name: string, { first, last, text, names }: BitRange<number>): string[] {
  const bits = first === last ? `bit ${first}` : `bits ${first}-${last}`;
  return ['', '', code(`${field}.${name}`), bits, sentences(text, namesOf(names))];
}

function partNames(codec: AnyCodec): Names | undefined {
  return codec instanceof Part ? codec.part.names : undefined;
}

function namesOf(names: Names | undefined): string | undefined {
  if (names === undefined) return undefined;
  return Object.entries(names)
    .map(([name, value]) => `${code(name)} ${value}`)
    .join(', ');
}

function rolesOf(field: FieldInfo, struct: AnyStruct): string[] {
  const { role, constant, fallback, since, validBit, moreValidBits = [], condition } = field;
  const said: string[] = [];
  if (role === 'constant') said.push(`Always ${shown(constant)}`);
  if (role === 'defaulted') {
    const value = shown(fallback);
    said.push(value === '' ? 'May be left out' : `Default ${value}`);
  }
  if (condition !== undefined) {
    const { member, value, not } = condition;
    const names = struct.fields.find(({ name }) => name === member)?.names ?? {};
    const name = Object.keys(names).find((each) => names[each] === value);
    const told = name === undefined ? `${value}` : `${code(name)} (${value})`;
    said.push(`Only where ${code(member)} is ${not ? 'not ' : ''}${told}`);
  }
  if (validBit !== undefined) {
    const bits = [validBit, ...moreValidBits];
    said.push(`Validation bit${bits.length > 1 ? 's' : ''} ${listed(bits)}`);
  }
  if (since !== undefined) said.push(`From a length of ${since} bytes`);
  const worked = workedOut(field);
  if (worked !== undefined) said.push(worked);
  return said;
}

/** How a derived member comes about. */
function workedOut({ codec, derivation }: FieldInfo): string | undefined {
  if (derivation === undefined) return undefined;
  switch (derivation.from) {
    case 'zero':
      if (derivation.reserved) return 'Reserved';
      return codec.variable ? 'May be left out' : 'Zero unless given';
    case 'value':
      return `${shown(derivation.value)} unless given`;
    case 'length':
      return derivation.less ? `Worked out, without the first ${derivation.less} bytes` : 'Worked out';
    case 'checksum':
      return derivation.span ? `Worked out over the first ${derivation.span} bytes` : 'Worked out';
    case 'validation':
      return 'Worked out';
    case 'size':
      return 'Worked out; decoding does not go by it';
    case 'padding':
      return 'The length does not count it';
    default:
      return `Worked out from ${listed([derivation.of, ...(derivation.also ?? [])].map(code))}`;
  }
}

/** A value as it is written in TypeScript; '' for one that would say nothing. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value === '' || value === ZERO_GUID ? '' : code(`'${value}'`);
  if (typeof value === 'bigint') return code(value > 9n ? `0x${value.toString(16)}` : `${value}`);
  if (typeof value === 'number') return code(value > 255 ? `0x${value.toString(16)}` : `${value}`);
  return '';
}
