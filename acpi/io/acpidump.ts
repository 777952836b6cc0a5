/** The text that acpidump prints: each table as a title, `HEST @ 0x0000000000000000`, and a dump of its bytes. */

import { within } from '../errors.ts';
import { bytesOfDump } from './hex-text.ts';

const TITLE = /^(RSD PTR|[A-Z0-9_!]{4}) ?@ ?0x[0-9A-Fa-f]+\s*$/;

/** The tables of the text, by signature; undefined for a text of another kind. @throws AcpiError VALUE */
export function tablesOfAcpidump(text: string): { name: string; bytes: Uint8Array }[] | undefined {
  const parts: { name: string; lines: string[] }[] = [];
  for (const line of text.split(/\r?\n/)) {
    const title = TITLE.exec(line);
    if (title !== null) parts.push({ name: title[1]!, lines: [] });
    else if (parts.length > 0) parts.at(-1)!.lines.push(line);
    else if (line.trim() !== '') return undefined;
  }
  if (parts.length === 0) return undefined;
  return parts.map(({ name, lines }) => {
    try {
      return { name, bytes: bytesOfDump(lines) };
    } catch (error) {
      throw within(name, error);
    }
  });
}
