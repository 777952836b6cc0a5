/** Forms that lose bytes, made lossless: what they cannot say stands under a key of our own. */

import type { AnyCodec } from '../../codec.ts';
import type { JsonValue } from '../../json/text.ts';
import { fromJson, toJson } from '../../json/value.ts';
import { at, type Form, type JsonObject, jsonObject, type Values } from './forms.ts';
import { areSameBytes, difference, isSame, patched } from './patch.ts';

/**
 * The key of what libcper's form cannot carry, such as reserved bits and members whose validation bit is clear. Its
 * value changes the JSON form that `toJson` has of the layout, as a merge patch. libcper ignores it.
 */
export const OWN_KEY = 'rasvm';

/** The form's JSON of what these bytes decode to, with the patch that it needs so that reading gives them again. */
export function losslessToJson(
  codec: AnyCodec,
  form: Form,
  bytes: Uint8Array,
  value: unknown = codec.decode(bytes),
): JsonObject {
  const json = form.toJson(value) as JsonObject;
  const read = form.fromJson(json);
  const back = tryOut(codec, read);
  if (areSameBytes(back, bytes)) return json;
  // Most members are the same, and need no JSON to say so.
  const [from, to] = unlike(codec.decode(back) as Values, value as Values);
  return { ...json, [OWN_KEY]: difference(toJson(codec, from as never), toJson(codec, to as never)) };
}

/** What is encoded to be looked at at once, and then no more: a buffer of its own would cost more than its content. */
const SCRATCH = new Uint8Array(2048);
const SCRATCH_VIEW = new DataView(SCRATCH.buffer);

function tryOut(codec: AnyCodec, value: unknown): Uint8Array {
  const size = codec.sizeOf(value as never);
  if (size > SCRATCH.length) return codec.encode(value as never);
  SCRATCH.fill(0, 0, size);
  codec.write(SCRATCH_VIEW, 0, value as never);
  return SCRATCH.subarray(0, size);
}

/** Both without the members that are the same in them, but for a variant's kind. */
function unlike(a: Values, b: Values): readonly [Values, Values] {
  const from: Record<string, unknown> = {};
  const to: Record<string, unknown> = {};
  for (const name in a) if (name === 'kind' || !isSame(a[name], b[name])) from[name] = a[name];
  for (const name in b) if (name === 'kind' || !isSame(a[name], b[name])) to[name] = b[name];
  return [from, to];
}

/** What the codec encodes, of such JSON. @throws AcpiError VALUE with the path of the key */
export function losslessFromJson(codec: AnyCodec, form: Form, json: JsonValue): unknown {
  const { [OWN_KEY]: patch, ...own } = jsonObject(json);
  const value = form.fromJson(own);
  if (patch === undefined) return value;
  const before = generic(codec, codec.encode(value as never));
  return at(OWN_KEY, () => fromJson(codec, patched(before, patch)));
}

function generic(codec: AnyCodec, bytes: Uint8Array): JsonValue {
  return toJson(codec, codec.decode(bytes) as never);
}
