/** Small pieces of Markdown. */

/** As GitHub names the anchors of headings. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** A link to a heading, of this document or that at `path`. */
export function link(text: string, heading: string, path = ''): string {
  return `[${text}](${path}#${anchorOf(heading)})`;
}

/** Broken into lines of about 120 columns. */
export function wrapped(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length >= 120) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}

export function code(text: string): string {
  return `\`${text}\``;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly (string | number)[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** Parts, those that say something, each as a sentence. */
export function sentences(...parts: readonly (string | undefined)[]): string {
  const said = parts.filter((part) => part !== undefined && part !== '');
  return said.map((part) => (/[.?!]$/.test(part!) ? part : `${part}.`)).join(' ');
}

/** A table; its first column is of numbers where it is called so. */
export function rowsOf(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = header.map((title) => (title === 'Offset' || title === 'Bytes' ? '---:' : '---'));
  return [line(header), line(rule), ...rows.map(line)].join('\n');
}
