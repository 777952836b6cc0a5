/** Registers shown field by field beside their bytes: what libcper calls fields, and how it shows them. */

import type { AnyCodec } from '../../codec.ts';
import { AcpiError } from '../../errors.ts';
import type { JsonValue } from '../../json/text.ts';
import { at, base64, encoded, type Values } from './forms.ts';
import { type Part, shown } from './mapping.ts';

/** How a field of a register is shown. */
type View = (bits: Values) => JsonValue;

/** A flag as 0 or 1, too. */
export function int(name: string): View {
  return (bits) => Number(bits[name]);
}

export function bool(name: string): View {
  return (bits) => Boolean(bits[name]);
}

/** One of two words, the second for what is not zero. */
export function either(no: string, yes: string): (name: string) => View {
  return (name) => (bits) => (bits[name] ? yes : no);
}

export const supported = either('NotSupported', 'Supported');
export const enabled = either('Disabled', 'Enabled');

/** `{ raw }`, and what the value is called where it has a name. */
export function dict(name: string, names: Readonly<Record<number, string>> = {}): View {
  return (bits) => {
    const raw = Number(bits[name]);
    const value = names[raw];
    return value === undefined ? { raw } : { raw, value };
  };
}

/** A member that is a register, as an object of its fields. */
export function register(key: string, member: string, views: Readonly<Record<string, View>>): Part {
  return shown(key, (values) => fields(values[member] as Values, views));
}

/** Several members as an object. */
export function registers(key: string, views: Readonly<Record<string, View>>): Part {
  return shown(key, (values) => fields(values, views));
}

function fields(bits: Values, views: Readonly<Record<string, View>>): JsonValue {
  return Object.fromEntries(Object.entries(views).map(([key, view]) => [key, view(bits)]));
}

/** All bytes of the structure, which alone are read. */
export function wholeOf(codec: AnyCodec): Part {
  const bytes = encoded(codec, base64);
  return {
    keys: ['data'],
    write(values, json) {
      json.data = bytes.toJson(values)!;
    },
    read({ data }, values) {
      if (data === undefined) throw new AcpiError('VALUE', 'is missing', 'data');
      Object.assign(
        values,
        at('data', () => bytes.fromJson(data)),
      );
    },
  };
}
