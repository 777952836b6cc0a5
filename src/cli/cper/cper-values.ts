/** The value of a section by options on the command line: `--error-status.type Memory`, `--error-information[0].type 1`. */

import {
  AcpiError,
  Ascii,
  type BitRange,
  Bits,
  fromJson,
  type JsonValue,
  type Names,
  Part,
  parseJson,
  Struct,
  Timestamp,
  Union,
} from '@rasvm/acpi';
import { closest, distance } from 'fastest-levenshtein';
import { RasvmError } from '../../core/errors.ts';
import { type AnyCodec, isList, kebab, type Ranges } from './cper-fields.ts';

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
  /** What is called so too, in other variants of a union. */
  readonly others?: readonly Found[];
}

/** The member that a step of an option's name stands for. */
function member(found: Found, step: string, option: string): Found & { name: string } {
  const { codec, names } = found;
  if (isList(codec) && /^\d+$/.test(step)) return { name: step, codec: codec.element as AnyCodec, names };
  const known = new Map<string, Found>();
  for (const each of [found, ...(found.others ?? [])]) addMembers(known, each);
  for (const [name, each] of known) if (kebab(name) === step || name === step) return { name, ...each };
  const others = [...known.keys()].map(kebab);
  const near = others.length === 0 ? '' : closest(step, others);
  const isNear = near !== '' && distance(near, step) <= Math.max(1, step.length / 3);
  const hint = isNear ? `did you mean ${near}?` : `which has ${others.join(', ') || 'no members'}`;
  throw new RasvmError('USAGE', `--${option}: '${step}' is no member of ${codec.name}, ${hint}`);
}

function addMembers(known: Map<string, Found>, { codec, part }: Found): void {
  const add = (name: string, found: Found) => {
    const first = known.get(name);
    known.set(name, first === undefined ? found : { ...first, others: [...(first.others ?? []), found] });
  };
  if (part !== undefined) return;
  if (codec instanceof Struct)
    for (const { name, codec: own, names } of (codec as unknown as Struct<never>).fields)
      add(name, { codec: own, names });
  else if (codec instanceof Union) {
    add('kind', { codec: KIND, names: undefined });
    for (const variant of Object.values(codec.variants as Readonly<Record<string, AnyCodec>>))
      addMembers(known, { codec: variant, names: undefined });
  } else if (codec instanceof Bits)
    for (const [name, part] of Object.entries(codec.ranges as Ranges))
      add(name, { codec, names: part.names, part });
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
