/** Text that may be anything (of tables, records, guests), as a terminal can show it. */

/**
 * Controls (an escape sequence, a NUL), marks that turn the direction of text, lone surrogates, private
 * characters, line separators, U+FFFE and U+FFFF: what a reader does not see, and a terminal may obey. What
 * is left is allowed in XML 1.0.
 */
export const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\uFFFE\uFFFF]/gu;

/** One line in which everything {@link UNSEEN} is shown, as `\x1b` or `\u{202e}`. */
export function escaped(text: string): string {
  return text.replace(UNSEEN, (character) => {
    const code = character.codePointAt(0)!;
    const hex = code.toString(16);
    return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`;
  });
}

/** A text in quotes. */
export function quoted(text: string): string {
  return escaped(JSON.stringify(text));
}
