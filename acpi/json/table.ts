/**
 * Tables as JSON, `signature` first, then the members; encoded again they give the same bytes, whatever the bytes are. The
 * RSDP and the FACS go as tables here. What cannot be read along its layout stands as `raw`, byte by byte.
 */

import { tableCodec } from '../all-tables.ts';
import type { AnyCodec, Codec } from '../codec.ts';
import { AcpiError, within } from '../errors.ts';
import { AnyTable } from '../tables/any-table.ts';
import { Facs } from '../tables/facs.ts';
import { Rsdp } from '../tables/rsdp.ts';
import { fromHex, toHex } from './hex.ts';
import type { JsonValue } from './text.ts';
import { fromJson, toJson } from './value.ts';

const RSDP_SIGNATURE = 'RSD PTR ';

/** Layout by signature. */
function codecOf(signature: string): Codec<unknown, unknown> {
  if (signature === RSDP_SIGNATURE) return Rsdp as never;
  return (signature === 'FACS' ? Facs : tableCodec(signature)) as never;
}

function signatureOf(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes.subarray(0, 8));
  return text === RSDP_SIGNATURE ? text : text.slice(0, 4);
}

/** The JSON form of a table, of the RSDP or the FACS. Never throws. */
export function tableToJson(bytes: Uint8Array): JsonValue {
  const signature = signatureOf(bytes);
  const codec = codecOf(signature);
  try {
    const value = codec.decode(bytes, { checksum: 'keep' });
    const json = { signature, ...(toJson(codec, value) as object) } as JsonValue;
    // What follows the table, or is lost otherwise, is kept by the raw form alone.
    if (toHex(tableFromJson(json)) === toHex(bytes)) return json;
  } catch (error) {
    if (!(error instanceof AcpiError)) throw error;
  }
  return { signature, raw: toHex(bytes) };
}

/**
 * The bytes of a table of its JSON form. Lengths, counts and checksums are worked out where they are not given.
 * @throws AcpiError VALUE with the path of the member, the signature first
 */
export function tableFromJson(json: JsonValue): Uint8Array {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new AcpiError('VALUE', 'is no object, as a table is');
  const { signature, ...members } = json as { readonly [name: string]: JsonValue };
  if (typeof signature !== 'string') throw new AcpiError('VALUE', 'is missing or no text', 'signature');
  try {
    if (members.raw !== undefined) return rawOf(members);
    const codec: AnyCodec = codecOf(signature) as never;
    const whole = codec === (AnyTable as never) ? { signature, ...members } : members;
    return codec.encode(fromJson(codec, whole));
  } catch (error) {
    throw within(signature.trim(), error);
  }
}

function rawOf({ raw, ...others }: { readonly [name: string]: JsonValue }): Uint8Array {
  const bytes = typeof raw === 'string' ? fromHex(raw) : undefined;
  if (bytes === undefined) throw new AcpiError('VALUE', 'is no string of hexadecimal digits', 'raw');
  const more = Object.keys(others);
  if (more.length > 0) throw new AcpiError('VALUE', 'cannot be given beside raw', more[0]);
  return bytes;
}
