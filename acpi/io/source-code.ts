/** Bytes as source code, to be compiled into a program. */

const COLUMNS = 12;

export interface SourceOptions {
  /** Name of the array: an identifier. */
  readonly name: string;
  /** What stands above it; may have several lines. */
  readonly comment?: string;
}

function rows(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.byteLength; at += COLUMNS) {
    const row = Array.from(
      bytes.subarray(at, at + COLUMNS),
      (byte) => `0x${byte.toString(16).padStart(2, '0')}`,
    );
    lines.push(`  ${row.join(', ')},\n`);
  }
  return lines.join('');
}

/** Nothing in it can end the comment. */
function commentOf(text: string): string {
  const lines = text.replaceAll('*/', '* /').split('\n');
  return lines.length === 1
    ? `/* ${lines[0]} */\n`
    : `/*\n${lines.map((line) => ` * ${line}\n`).join('')} */\n`;
}

/** A C array, `static const unsigned char name[]`. */
export function cSource(bytes: Uint8Array, { name, comment }: SourceOptions): string {
  return `${comment === undefined ? '' : commentOf(comment)}static const unsigned char ${name}[${bytes.byteLength}] = {\n${rows(bytes)}};\n`;
}

/** A TypeScript constant, a `Uint8Array`. */
export function tsSource(bytes: Uint8Array, { name, comment }: SourceOptions): string {
  return `${comment === undefined ? '' : commentOf(comment)}export const ${name} = new Uint8Array([\n${rows(bytes)}]);\n`;
}

/** A file's or table's name as an identifier: `HEST.aml` becomes `hest_aml`. */
export function identifierOf(name: string): string {
  const words = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return /^[a-z]/.test(words) ? words : `data_${words}`.replace(/_$/, '');
}

/** As `xxd` prints them: offset, bytes in twos, characters. */
export function hexDump(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.byteLength; at += 16) {
    const row = bytes.subarray(at, at + 16);
    let digits = '';
    let characters = '';
    row.forEach((byte, index) => {
      digits += `${index > 0 && index % 2 === 0 ? ' ' : ''}${byte.toString(16).padStart(2, '0')}`;
      characters += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
    });
    text += `${at.toString(16).padStart(8, '0')}: ${digits.padEnd(39)}  ${characters}\n`;
  }
  return text;
}
