/**
 * libcper's form of a processor's context: its header, and its registers by their names, or as base64 where libcper
 * does not know the type. UEFI 2.11, appendix N.2.4.2.6 and N.2.4.4.2.
 */

import type { AnyCodec } from '../../codec.ts';
import { AcpiError } from '../../errors.ts';
import { type FieldInfo, FixedArray } from '../../struct.ts';
import { at, base64, type Form, type JsonObject, jsonObject, long, number, type Values } from './forms.ts';
import { always, object, type Part } from './mapping.ts';

/** A context that a union holds. */
export interface Context extends Values {
  readonly kind: string;
}

export interface ContextOptions {
  readonly codec: AnyCodec;
  /** Layout of what stands before the registers, with `registerContextType` and `registerArraySize`. */
  readonly header: AnyCodec;
  readonly headerForm: Form;
  /** Contexts whose registers have names, by type: their kind, layout and form. */
  readonly types: ReadonlyMap<number, readonly [kind: string, layout: AnyCodec, form: Form]>;
}

/** Zeros that a context may say it has behind its registers. */
const MOST_ZEROS = 0xffff;

export class ContextForm implements Form {
  readonly #options: ContextOptions;

  constructor(options: ContextOptions) {
    this.#options = options;
  }

  toJson(value: unknown): JsonObject {
    const { codec, headerForm } = this.#options;
    const { header, array } = this.#split(codec.encode(value as never));
    return {
      ...(headerForm.toJson(header) as JsonObject),
      registerArray: this.#registers(header, value as Context) ?? dataOf(array),
    };
  }

  #registers(header: Values, value: Context) {
    const [kind, , form] = this.#options.types.get(header.registerContextType as number) ?? [];
    return kind === value.kind ? form!.toJson(value) : undefined;
  }

  #split(bytes: Uint8Array): { header: Values; array: Uint8Array } {
    const { header: layout } = this.#options;
    const header = layout.decode(bytes) as Values;
    const end = layout.size + (header.registerArraySize as number);
    return { header, array: bytes.subarray(layout.size, end) };
  }

  /** Padded with zeros to a multiple of 16 bytes. */
  fromJson(json: JsonObject): unknown {
    const { codec, header: layout, headerForm, types } = this.#options;
    const { registerArray, ...rest } = jsonObject(json);
    const header = headerForm.fromJson(rest) as Record<string, unknown>;
    const [, struct, form] = types.get(header.registerContextType as number) ?? [];
    const array = at('registerArray', () => {
      const content = jsonObject(registerArray);
      if (struct === undefined || 'data' in content) return base64.fromJson(content.data ?? '') as Uint8Array;
      const values = { ...(form!.fromJson(content) as Values), padding: new Uint8Array() };
      return struct.encode(values as never).subarray(layout.size);
    });
    const said = (header.registerArraySize as number | undefined) ?? 0;
    if (said - array.byteLength > MOST_ZEROS)
      throw new AcpiError('VALUE', `${said} is more than there is`, 'registerArraySize');
    header.registerArraySize = Math.max(said, array.byteLength);
    const length = layout.size + (header.registerArraySize as number);
    const bytes = new Uint8Array((length + 15) & ~15);
    bytes.set(layout.encode(header as never));
    bytes.set(array, layout.size);
    return codec.decode(bytes);
  }

  /** The same context without zeros behind its registers. */
  unpadded(value: unknown): unknown {
    const { codec, header } = this.#options;
    const bytes = codec.encode(value as never);
    return codec.decode(bytes.subarray(0, header.size + this.#split(bytes).array.byteLength));
  }
}

function dataOf(bytes: Uint8Array): JsonObject {
  const data = base64.toJson(bytes);
  return data === undefined ? {} : { data };
}

/** The registers that a layout has, each a plain number; `keyOf` says what libcper calls one. */
export function namedRegisters(layout: AnyCodec, keyOf: (name: string) => string): Form {
  let form: Form | undefined;
  const made = () => {
    // The other members follow from the type and from how many registers there are.
    const registers = (layout as WithFields).fields.filter(({ role }) => role === 'defaulted');
    form ??= object(
      layout,
      registers.map(({ name, codec }) => registerPart(name, codec, keyOf(name))),
    );
    return form;
  };
  return { toJson: (value) => made().toJson(value), fromJson: (json) => made().fromJson(json) };
}

function registerPart(name: string, codec: AnyCodec, key: string): Part {
  if (codec instanceof FixedArray) return wordsOf(name, [`${key}_0`, `${key}_1`]);
  return codec.size > 4 ? always(name, long, 0n, key) : always(name, number, 0, key);
}

/** A register of several words, each with a key. */
function wordsOf(name: string, keys: readonly string[]): Part {
  return {
    keys,
    write(values, json) {
      const words = values[name] as readonly bigint[];
      for (const [i, key] of keys.entries()) json[key] = long.toJson(words[i]!)!;
    },
    read(json, values) {
      values[name] = keys.map((key) => at(key, () => long.fromJson(json[key] ?? 0)));
    },
  };
}

type WithFields = AnyCodec & { readonly fields: readonly FieldInfo[] };
