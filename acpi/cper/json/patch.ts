/**
 * What one JSON value must be changed by to be another: objects key by key, with null for a key that goes (as in a
 * JSON merge patch, RFC 7396); lists element by element, those beyond the first list's end as they are.
 */

import type { JsonValue } from '../../json/text.ts';
import type { JsonObject } from './forms.ts';

function isObject(json: JsonValue | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function same(a: JsonValue, b: JsonValue): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((each, i) => same(each, b[i]!));
  if (!isObject(a) || !isObject(b)) return a === b;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => b[key] !== undefined && same(a[key]!, b[key]));
}

/** The patch that makes `from` to `to`. Neither holds null. */
export function difference(from: JsonValue, to: JsonValue): JsonValue {
  if (Array.isArray(from) && Array.isArray(to))
    return to.map((each, i) => (i < from.length ? difference(from[i]!, each) : each));
  if (!isObject(from) || !isObject(to)) return to;
  const patch: Record<string, JsonValue> = {};
  for (const key of Object.keys(from)) if (to[key] === undefined) patch[key] = null;
  for (const [key, value] of Object.entries(to)) {
    const before = from[key];
    if (before === undefined) patch[key] = value;
    else if (!same(before, value)) patch[key] = difference(before, value);
  }
  return patch;
}

/** What `from` becomes by a patch. */
export function patched(from: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (Array.isArray(patch)) {
    const before = Array.isArray(from) ? from : [];
    return patch.map((each, i) => patched(before[i], each));
  }
  if (!isObject(patch)) return patch;
  const result: Record<string, JsonValue> = isObject(from) ? { ...from } : {};
  for (const [key, value] of Object.entries(patch))
    if (value === null) delete result[key];
    else result[key] = patched(result[key], value);
  return result;
}
