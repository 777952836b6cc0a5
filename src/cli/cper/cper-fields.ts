/**
 * The members of a section as options on the command line, made from its declaration: `--physical-address <number>`,
 * `--error-status.type <number>`, `--error-information[N].type <number>`.
 */

import {
  Ascii,
  type BitRange,
  Bits,
  type Codec,
  type FieldInfo,
  FixedArray,
  List,
  type Names,
  Part,
  Struct,
  Timestamp,
  Union,
} from '@rasvm/acpi';

export type AnyCodec = Codec<unknown, never>;
export type Ranges = Readonly<Record<string, BitRange<boolean> | BitRange<number>>>;

/** An option that help lists. */
export interface FieldOption {
  /** Without the two dashes: `error-status.type`. */
  readonly name: string;
  /** What its value looks like; '' of a flag. */
  readonly value: string;
  readonly meaning: string;
  readonly names: Names | undefined;
}

/** `rowColumn` is `row-column`. */
export function kebab(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
}

/** Every option that a layout has, in the order of its declaration. */
export function optionsOf(codec: AnyCodec): FieldOption[] {
  return [...optionsIn(codec, '', '', undefined)];
}

function* optionsIn(
  codec: AnyCodec,
  name: string,
  meaning: string,
  names: Names | undefined,
): Iterable<FieldOption> {
  if (codec instanceof Struct) {
    const fields = (codec as unknown as Struct<never>).fields;
    for (const field of fields.filter(isAsked))
      yield* optionsIn(field.codec, join(name, kebab(field.name)), field.text ?? meaning, field.names);
  } else if (codec instanceof Union) {
    const kinds = Object.keys(codec.variants as object);
    yield {
      name: `${name}.kind`,
      value: '<kind>',
      meaning: `${meaning}: ${kinds.join(', ')}`,
      names: undefined,
    };
    for (const kind of kinds)
      for (const option of optionsIn(
        (codec.variants as Readonly<Record<string, AnyCodec>>)[kind]!,
        name,
        '',
        undefined,
      ))
        yield { ...option, meaning: option.meaning === '' ? `of ${kind}` : `${option.meaning} (of ${kind})` };
  } else if (codec instanceof Bits) {
    const ranges = codec.ranges as Ranges;
    for (const part in ranges) {
      const { kind, text, names } = ranges[part]!;
      yield {
        name: join(name, kebab(part)),
        value: kind === 'flag' ? '' : '<number>',
        meaning: text || meaning,
        names,
      };
    }
  } else if (isList(codec) && !isPlain(codec.element as AnyCodec))
    yield* optionsIn(codec.element as AnyCodec, `${name}[N]`, meaning, names);
  else
    yield { name, value: valueWord(codec), meaning, names: codec instanceof Part ? codec.part.names : names };
}

function join(name: string, step: string): string {
  return name === '' ? step : `${name}.${step}`;
}

/** Lengths, counts and reserved bits follow from the rest; they can be given, but help does not list them. */
function isAsked({ role, derivation }: FieldInfo): boolean {
  if (role === 'constant') return false;
  return (
    derivation === undefined ||
    derivation.from === 'value' ||
    (derivation.from === 'zero' && !derivation.reserved)
  );
}

export function isList(codec: AnyCodec): codec is List<unknown, unknown> | FixedArray<unknown, unknown> {
  return codec instanceof List || codec instanceof FixedArray;
}

function isPlain(codec: AnyCodec): boolean {
  return /^[ui]\d+$/.test(codec.name);
}

function valueWord(codec: AnyCodec): string {
  if (codec instanceof Part) return codec.part.kind === 'flag' ? '' : '<number>';
  if (codec instanceof Timestamp) return '<time>';
  if (codec instanceof Ascii) return '<text>';
  if (isList(codec)) return '<number,...>';
  if (isPlain(codec)) return '<number>';
  return codec.name.startsWith('bytes') ? '<hex>' : `<${codec.name}>`;
}
