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
  Union,
} from '@rasvm/acpi';

type AnyCodec = Codec<unknown, never>;
type AnyStruct = Struct<Readonly<Record<string, never>>>;

/** The structures of one document, each once, under the first heading that needs it. */
export class Layouts {
  readonly #told = new Map<unknown, string>();
  readonly #anchors = new Set<string>();

  /**
   * The structure as a section, and behind it those that it is made of and that no section has told yet.
   *
   * @param heading the line under which it stands, without marks
   * @param from members before this offset are left out: another section has them
   */
  section(level: number, heading: string, struct: AnyStruct, from = 0): string {
    this.#enter(heading, struct);
    const parts: AnyStruct[] = [];
    const told = struct.fields.filter(({ offset }) => offset >= from);
    const rows = told.flatMap((field) => this.#rows(field, struct, parts));
    const source = struct.source === '' ? [] : [struct.source];
    const lengths = struct.lengths.join(' or ');
    const facts = [...source, `${struct.variable ? 'at least ' : ''}${lengths} bytes`];
    const own = [
      `${'#'.repeat(level)} ${heading}`,
      '',
      `${facts.join('; ')}.`,
      '',
      '| Offset | Bytes | Member | Type | Meaning |',
      '| ---: | ---: | --- | --- | --- |',
      ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    ].join('\n');
    const nested = parts.filter((part) => !this.#told.has(part));
    const below = nested
      .filter((part, at) => nested.indexOf(part) === at)
      .map((part) => (this.#told.has(part) ? '' : this.section(Math.min(level + 1, 4), part.name, part)));
    return [own, ...below.filter((text) => text !== '')].join('\n\n');
  }

  #enter(heading: string, struct: AnyStruct): void {
    const anchor = anchorOf(heading);
    if (this.#anchors.has(anchor)) throw new Error(`two structures are called ${heading}`);
    this.#anchors.add(anchor);
    this.#told.set(struct, anchor);
  }

  #rows(field: FieldInfo, struct: AnyStruct, parts: AnyStruct[]): string[][] {
    const own = [
      offsetOf(field, struct),
      field.codec.variable ? '' : `${field.size}`,
      `\`${field.name}\``,
      this.#typeOf(field.codec, parts),
      sentences(field.text, namesOf(field.names), ...rolesOf(field)),
    ];
    if (!(field.codec instanceof Bits)) return [own];
    const ranges = Object.entries(field.codec.ranges as Readonly<Record<string, BitRange<number>>>);
    return [own, ...ranges.map(([name, range]) => rangeRow(field.name, name, range))];
  }

  #typeOf(codec: AnyCodec, parts: AnyStruct[]): string {
    if (codec instanceof Struct) return this.#link(codec as never, parts);
    if (codec instanceof Union)
      return Object.values(codec.variants as Record<string, AnyStruct>)
        .map((variant) => this.#link(variant, parts))
        .concat('or an unknown one')
        .join(', ');
    if (codec instanceof List) return `list of ${this.#typeOf(codec.element as AnyCodec, parts)}`;
    if (codec instanceof FixedArray)
      return `${codec.count} × ${this.#typeOf(codec.element as AnyCodec, parts)}`;
    if (codec instanceof Ascii) return 'text';
    if (codec instanceof Bytes || codec instanceof Rest) return 'bytes';
    if (codec instanceof Bits) return 'bit field';
    if (codec instanceof Part) return codec.name;
    return codec.name;
  }

  #link(struct: AnyStruct, parts: AnyStruct[]): string {
    parts.push(struct);
    return `[${struct.name}](#${this.#told.get(struct) ?? anchorOf(struct.name)})`;
  }
}

/** As GitHub names the anchors of headings. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function offsetOf(field: FieldInfo, struct: AnyStruct): string {
  if (!field.codec.variable) return `${field.offset}`;
  const before = struct.layout.tails.findIndex((tail) => tail.field === field) - 1;
  return before < 0 ? `${field.offset}` : `after \`${struct.layout.tails[before]!.field.name}\``;
}

function rangeRow(field: string, name: string, { first, last, text, names }: BitRange<number>): string[] {
  const bits = first === last ? `bit ${first}` : `bits ${first}-${last}`;
  return ['', '', `\`${field}.${name}\``, bits, sentences(text, namesOf(names))];
}

function namesOf(names: Names | undefined): string | undefined {
  if (names === undefined) return undefined;
  return Object.entries(names)
    .map(([name, value]) => `\`${name}\` ${value}`)
    .join(', ');
}

function rolesOf(field: FieldInfo): string[] {
  const { role, constant, fallback, since, validBit, derivation } = field;
  const said: string[] = [];
  if (role === 'constant') said.push(`Always ${shown(constant)}`);
  if (role === 'defaulted') {
    const value = shown(fallback);
    if (value !== '') said.push(`Default ${value}`);
  }
  if (validBit !== undefined) said.push(`Validation bit ${validBit}`);
  if (since !== undefined) said.push(`From a length of ${since} bytes`);
  switch (derivation?.from) {
    case 'zero':
      said.push(field.codec.variable ? 'May be left out' : 'Zero unless given');
      break;
    case 'value':
      said.push(`${shown(derivation.value)} unless given`);
      break;
    case 'length':
    case 'validation':
    case 'checksum':
      said.push('Worked out');
      break;
    case 'count':
    case 'bytes':
    case 'offset':
      said.push(`Worked out from \`${derivation.of}\``);
      break;
  }
  return said;
}

/** A value as it is written in TypeScript; '' for one that would say nothing. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value === '' ? '' : `\`'${value}'\``;
  if (typeof value === 'bigint') return `\`${value > 9n ? `0x${value.toString(16)}` : value}\``;
  if (typeof value === 'number') return `\`${value > 999 ? `0x${value.toString(16)}` : value}\``;
  return '';
}

function sentences(...parts: readonly (string | undefined)[]): string {
  const said = parts.filter((part) => part !== undefined && part !== '');
  return said.map((part) => `${part!.replaceAll('|', '\\|')}.`).join(' ');
}
