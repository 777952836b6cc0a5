/**
 * The members of a section as options on the command line, made from its declaration: `--physical-address 0x1000`,
 * `--error-status.type Memory`, `--error-information[0].type Cache`.
 */

import {
  AcpiError,
  Ascii,
  type BitRange,
  Bits,
  type Codec,
  type FieldInfo,
  FixedArray,
  fromJson,
  type JsonValue,
  List,
  type Names,
  Part,
  parseJson,
  Struct,
  Timestamp,
  Union,
} from '@rasvm/acpi';
import { closest, distance } from 'fastest-levenshtein';
import { RasvmError } from '../errors.ts';

type AnyCodec = Codec<unknown, never>;
type Ranges = Readonly<Record<string, BitRange<boolean> | BitRange<number>>>;

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

function isList(codec: AnyCodec): codec is List<unknown, unknown> | FixedArray<unknown, unknown> {
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

/**
 * The value that these arguments (`--name value`, `--name=value`, `--flag`) make. `section.` may stand before a name.
 * @throws RasvmError USAGE
 */
export function sectionValue(codec: AnyCodec, args: readonly string[]): unknown {
  const json: JsonTree = {};
  for (const [option, text] of pairs(args)) {
    try {
      set(json, codec, option, text);
    } catch (error) {
      throw optionError(option, error);
    }
  }
  try {
    return fromJson(codec, json as JsonValue);
  } catch (error) {
    throw error instanceof AcpiError ? optionError(optionName(error.field), error) : error;
  }
}

/** The option of a member's path: `errorInformation[0].type` is `error-information[0].type`. */
export function optionName(path: string): string {
  return path.split('.').map(kebab).join('.');
}

function optionError(option: string, error: unknown): unknown {
  if (!(error instanceof AcpiError)) return error;
  return new RasvmError('USAGE', `--${option}: ${error.reason}`, { cause: error });
}

function* pairs(args: readonly string[]): Iterable<[string, string | undefined]> {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (!arg.startsWith('--'))
      throw new RasvmError('USAGE', `'${arg}' is no option; fields are given as --field value`);
    const equals = arg.indexOf('=');
    if (equals > 0) yield [arg.slice(2, equals), arg.slice(equals + 1)];
    else {
      const next = args[i + 1];
      const hasValue = next !== undefined && !next.startsWith('--');
      if (hasValue) i++;
      yield [arg.slice(2), hasValue ? next : undefined];
    }
  }
}

type JsonTree = { [step: string]: unknown };

/** Puts the value into the tree. @throws AcpiError, RasvmError USAGE */
function set(root: JsonTree, codec: AnyCodec, option: string, text: string | undefined): void {
  const steps = option
    .replace(/^section\./, '')
    .replace(/\[(\d+)\]/g, '.$1')
    .split('.');
  let at: JsonTree | unknown[] = root;
  let own: Found = { codec, names: undefined };
  steps.forEach((step, index) => {
    const { name, ...found } = member(own, step, option);
    own = found;
    const target = at as { [step: string]: unknown };
    if (index === steps.length - 1) {
      if (target[name] !== undefined && typeof target[name] !== 'object')
        throw new AcpiError('VALUE', 'is given twice');
      target[name] = jsonOf(own, text);
      return;
    }
    if (Array.isArray(at) && Number(name) > at.length)
      throw new AcpiError('VALUE', `element ${at.length} is missing: they are counted from 0`);
    target[name] ??= isList(own.codec) ? [] : {};
    at = target[name] as JsonTree;
  });
}

interface Found {
  readonly codec: AnyCodec;
  readonly names: Names | undefined;
  /** A part of bits. */
  readonly part?: BitRange<boolean> | BitRange<number>;
}

/** The member that a step of an option's name stands for. */
function member({ codec, names, part }: Found, step: string, option: string): Found & { name: string } {
  if (isList(codec) && /^\d+$/.test(step)) return { name: step, codec: codec.element as AnyCodec, names };
  const known = part === undefined ? membersOf(codec) : new Map<string, Found>();
  for (const [name, found] of known) if (kebab(name) === step || name === step) return { name, ...found };
  const others = [...known.keys()].map(kebab);
  const near = others.length === 0 ? '' : closest(step, others);
  const isNear = near !== '' && distance(near, step) <= Math.max(2, step.length / 3);
  const hint = isNear ? `did you mean ${near}?` : `which has ${others.join(', ') || 'no members'}`;
  throw new RasvmError('USAGE', `--${option}: '${step}' is no member of ${codec.name}, ${hint}`);
}

function membersOf(codec: AnyCodec): Map<string, Found> {
  const found = new Map<string, Found>();
  if (codec instanceof Struct)
    for (const { name, codec: own, names } of (codec as unknown as Struct<never>).fields)
      found.set(name, { codec: own, names });
  else if (codec instanceof Union) {
    found.set('kind', { codec: KIND, names: undefined });
    for (const variant of Object.values(codec.variants as Readonly<Record<string, AnyCodec>>))
      for (const [name, own] of membersOf(variant)) if (!found.has(name)) found.set(name, own);
  } else if (codec instanceof Bits)
    for (const [name, part] of Object.entries(codec.ranges as Ranges))
      found.set(name, { codec, names: part.names, part });
  return found;
}

/** The kind of a variant is text as it is. */
const KIND: AnyCodec = new Ascii(64, '\0') as never;

/** The JSON that a value on the command line stands for. */
function jsonOf({ codec, names, part }: Found, text: string | undefined): JsonValue {
  const isFlag = (part ?? (codec instanceof Part ? codec.part : undefined))?.kind === 'flag';
  if (isFlag) {
    if (text === undefined || text === 'true' || text === '1') return true;
    if (text === 'false' || text === '0') return false;
    throw new AcpiError('VALUE', `'${text}' is neither true nor false`);
  }
  if (text === undefined) throw new AcpiError('VALUE', 'has no value');
  const own = codec instanceof Part ? codec.part.names : names;
  if (part !== undefined || codec instanceof Part) return nameIn(own, text);
  if (
    /^[[{]/.test(text) &&
    (codec instanceof Struct || codec instanceof Union || codec instanceof Bits || isList(codec))
  )
    return parseJson(text);
  if (codec instanceof Bits) return bitsOf(codec as never, text);
  if (isList(codec)) return text.split(',').map((each) => nameIn(own, each.trim()));
  if (codec instanceof Timestamp && text === 'now') return `${new Date().toISOString().slice(0, 19)}Z`;
  return nameIn(own, text);
}

/** `primary,overflow`, or a number. */
function bitsOf(codec: Bits<never>, text: string): JsonValue {
  if (/^\d/.test(text)) return text;
  const flags = text.split(',').map((each) => {
    const name = Object.keys(codec.ranges).find((known) => known === each || kebab(known) === each);
    if (name === undefined)
      throw new AcpiError('VALUE', `'${each}' is none of ${Object.keys(codec.ranges).map(kebab).join(', ')}`);
    return [name, true] as const;
  });
  return Object.fromEntries(flags);
}

/** A value's name however it is written: `multi-bit-ecc` is `MultiBitEcc`. */
function nameIn(names: Names | undefined, text: string): string {
  const plain = (name: string) => name.replace(/[-_ ]/g, '').toLowerCase();
  return Object.keys(names ?? {}).find((name) => plain(name) === plain(text)) ?? text;
}
