/**
 * What one JSON value must be changed by to be another: objects key by key, with null for a key that goes (as in a
 * JSON merge patch, RFC 7396); lists element by element, those beyond the first list's end as they are.
 */

import { AcpiError } from '../../errors.ts';
import type { JsonValue } from '../../json/text.ts';
import type { JsonObject, Values } from './forms.ts';

function isObject(json: JsonValue | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/** Whether two values, decoded or of JSON, hold the same. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Date || b instanceof Date)
    return a instanceof Date && b instanceof Date && a.getTime() === b.getTime();
  if (a instanceof Uint8Array || b instanceof Uint8Array)
    return a instanceof Uint8Array && b instanceof Uint8Array && areSameBytes(a, b);
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((e, i) => isSame(e, b[i]))
    );
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => isSame((a as Values)[key], (b as Values)[key]));
}

export function areSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
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
    else if (!isSame(before, value)) patch[key] = difference(before, value);
  }
  return patch;
}

/** Levels that a patch may have; no layout has as many. */
const DEEPEST = 100;

/** What `from` becomes by a patch. @throws AcpiError VALUE for one that is nested without end */
export function patched(from: JsonValue | undefined, patch: JsonValue, depth = 0): JsonValue {
  if (depth > DEEPEST) throw new AcpiError('VALUE', `is nested more than ${DEEPEST} levels deep`);
  if (Array.isArray(patch)) {
    const before = Array.isArray(from) ? from : [];
    return patch.map((each, i) => patched(before[i], each, depth + 1));
  }
  if (!isObject(patch)) return patch;
  const result: Record<string, JsonValue> = isObject(from) ? { ...from } : {};
  for (const [key, value] of Object.entries(patch))
    if (value === null) delete result[key];
    else result[key] = patched(result[key], value, depth + 1);
  return result;
}
