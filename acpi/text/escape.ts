/** Text of tables, which may be anything, as a terminal can show it. */

/** Control characters, which a terminal would obey, as `\x1b`. */
export function escaped(text: string): string {
  return text.replace(
    /\p{Cc}/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** A text in quotes. */
export function quoted(text: string): string {
  return escaped(JSON.stringify(text));
}
