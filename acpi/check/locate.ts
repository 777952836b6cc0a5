/** Where a member stands in bytes, by its path: through lists, unions, nested structures and sections. */

import type { AnyCodec } from '../codec.ts';
import { walk } from './walk.ts';

/** Bytes of one member. */
export interface Location {
  readonly offset: number;
  readonly size: number;
}

/** Members whose validation bit is clear go by `unvalidated` in values; they stand where they stand. */
export function plainPath(path: string): string {
  return path.replace(/(^|\.)unvalidated\./g, '$1');
}

/** Every member of what a codec finds in these bytes, by its path. */
export function locateAll(codec: AnyCodec, bytes: Uint8Array): ReadonlyMap<string, Location> {
  const found = new Map<string, Location>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  walk(codec, view, 0, bytes.byteLength, {
    member: ({ path, start, end }) => found.set(path, { offset: start, size: end - start }),
  });
  return found;
}

/**
 * Where the member with this path stands (`sources[1].notification.type`); of a part of a bit field, the whole field.
 * Undefined where these bytes have no such member.
 */
export function locate(codec: AnyCodec, bytes: Uint8Array, path: string): Location | undefined {
  return placeOf(locateAll(codec, bytes), path);
}

/** The place of a path, or of the member around a part that has no place of its own. */
export function placeOf(places: ReadonlyMap<string, Location>, path: string): Location | undefined {
  const plain = plainPath(path);
  return places.get(plain) ?? places.get(plain.replace(/\.[^.[\]]+$/, ''));
}
