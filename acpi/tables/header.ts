/** System description table header: ACPI 6.5, section 5.2.6. */

import type { Codec, Role } from '../struct.ts';
import { ascii, type Member, rest, type Struct, type StructOptions, struct, u8, u32 } from '../struct.ts';

/** The same in every table but for the signature's and the revision's value. */
export const header = {
  signature: ascii(4).doc('Names the table'),
  length: u32.byteLength().doc('Bytes of the table, header included'),
  revision: u8.default(1).doc('Revision of the layout'),
  checksum: u8.checksum().doc('Makes all bytes of the table sum up to zero'),
  oemId: ascii(6, ' ').default('RASVM').doc('Who made the table'),
  oemTableId: ascii(8, ' ').default('RASVM').doc('What the maker calls it'),
  oemRevision: u32.default(1).doc('Revision by the maker'),
  creatorId: ascii(4, ' ').default('RASV').doc('The tool that made it'),
  creatorRevision: u32.default(1).doc('Revision of that tool'),
};

/** Bytes of the header. */
export const HEADER_SIZE = 36;

type Body = Readonly<Record<string, Member<unknown, never, Role>>>;
type Header = Omit<typeof header, 'signature'> & { signature: Member<string, string, 'constant'> };
type Trailing = { trailing: Member<Uint8Array, Uint8Array, 'derived'> };

/**
 * A table: header, then `body`. Bytes after the declared ones (a later revision's) are kept as `trailing`.
 *
 * @param revision what is encoded unless given.
 */
export function table<const B extends Body>(
  signature: string,
  revision: number,
  body: B,
  options?: StructOptions,
): Struct<Header & B & Trailing> {
  const last = Object.values(body).at(-1);
  // Where the body itself ends with a part of variable length, nothing can come after it.
  const trailing = last?.traits.codec.variable
    ? {}
    : { trailing: rest.orZero().doc('Bytes of a later revision') };
  const own = {
    signature: header.signature.constant(signature),
    revision: header.revision.default(revision),
  };
  return struct(signature, { ...header, ...own, ...body, ...trailing }, options) as never;
}

/** Where each of some structures stands in its table, the first at `start`. */
export function offsetsOf<In>(codec: Codec<unknown, In>, start: number, values: readonly In[]): number[] {
  let next = start;
  return values.map((value) => {
    const offset = next;
    next += codec.sizeOf(value);
    return offset;
  });
}
