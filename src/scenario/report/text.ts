/** Text of guests and scenarios, made fit to show: what a guest prints is arbitrary. */

import { escaped, UNSEEN } from '@rasvm/acpi/text/escape';
import type { LogLine } from '../run/result.ts';

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\t' };

/** One line without anything unseen; a line's end is `\n`, and tabs stay. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) => NAMED[character] ?? escaped(character));
}

/**
 * As {@link visible}, for the output of a command: tabs do not move columns, and CI takes no command from it.
 */
export function printable(text: string): string {
  // GitHub's runner reads commands of the form ##[...] anywhere in a line, and ::...:: where its words begin.
  return visible(text)
    .replaceAll('\t', ' ')
    .replaceAll('##[', '## [')
    .replace(/^( *:)(?=:)/, '$1 ');
}

/** JSON with what cannot be seen escaped: the same values, and harmless on a terminal. */
export function visibleJson(json: string): string {
  return json.replace(UNSEEN, (character) => {
    if (character === '\n') return character;
    const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}

/** Characters of a line of log that are shown. */
const LINE_LIMIT = 2000;
/** Lines of a log that are shown: its beginning, its end, and lines about errors between. */
const [HEAD, MIDDLE, TAIL] = [500, 1000, 4000];

/** A log short enough to read: what is left out is told in a line of its own. */
export function boundedLog<L extends LogLine>(log: readonly L[]): L[] {
  const lines: L[] = [];
  let kept = 0;
  let skipped = 0;
  const tell = (next: L) => {
    if (skipped > 0) lines.push({ ...next, text: `... ${skipped} lines are left out here`, ras: false });
    skipped = 0;
  };
  log.forEach((line, i) => {
    const inside = i >= HEAD && i < log.length - TAIL;
    if (inside && !(line.ras && kept < MIDDLE)) {
      skipped++;
      return;
    }
    if (inside) kept++;
    tell(line);
    lines.push({ ...line, text: cut(line.text) });
  });
  return lines;
}

function cut(text: string): string {
  const rest = text.length - LINE_LIMIT;
  return visible(rest > 0 ? `${text.slice(0, LINE_LIMIT)} ... ${rest} characters more` : text);
}

/** ms as people say it: 3.2 s, 1 min 05 s. */
export function durationWords(ms: number): string {
  const tenths = Math.round(ms / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const two = (value: number) => String(value).padStart(2, '0');
  if (minutes < 60) return `${minutes} min ${two(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}
