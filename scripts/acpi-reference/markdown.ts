/** Small pieces of Markdown. */

/** As GitHub names the anchors of headings. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
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
