/** What the driver and the agent in the guest say to each other, a line each: native/guest/protocol.h. */

import { crc32 } from '../../core/crc32.ts';

export const PREFIX = 'rasvm-guest: ';

/** Bytes of content in one command, at most: each may become three characters of a line of 2000. */
export const CONTENT_MOST = 500;

/**
 * The agent's line as it was said, `rasvm-guest: TEXT`, without its checksum; undefined for any other line,
 * and for one that was cut or mixed up.
 */
export function agentLine(line: string): string | undefined {
  const framed = /^(.*) #([0-9a-f]{8})$/.exec(line);
  if (!framed) return undefined;
  const [, said, checksum] = framed;
  // Not only at the beginning: a kernel may have left a line without an end.
  for (let at = said!.indexOf(PREFIX); at >= 0; at = said!.indexOf(PREFIX, at + 1)) {
    const text = said!.slice(at + PREFIX.length);
    if (crc32(Buffer.from(text, 'latin1')) === Number.parseInt(checksum!, 16)) return PREFIX + text;
  }
  return undefined;
}

/** An argument of a command: any bytes; a text is UTF-8. Empty ones cannot be said. */
export function argument(value: string | Uint8Array): string {
  return Array.from(Buffer.from(value as string), (byte) =>
    byte > 0x20 && byte < 0x7f && byte !== 0x25
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}

/** The bytes of content, with every %XX turned back. */
export function contentBytes(text: string): Buffer {
  return Buffer.from(
    text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
    'latin1',
  );
}
