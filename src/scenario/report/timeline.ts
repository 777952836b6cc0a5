/** The two sides of an error's story as one list: rasvm's events, the guest's console, and the victim. */

import type { EventMessage } from '../../api/events.ts';
import { type ConsoleLine, parseKernelLine, printedLines } from '../guest/console.ts';
import type { VictimSignal } from '../guest/guest-line.ts';
import type { TimedEvent } from '../guest/under-test.ts';
import { type TouchResult, touchOf } from '../guest/victim.ts';
import { printable } from './text.ts';

/** Whose doing it is. */
export type Actor = 'host' | 'rasvm' | 'guest kernel' | 'victim';

export interface Row {
  /** ms of performance.now(). */
  at: number;
  actor: Actor;
  text: string;
}

/** Events that are the host kernel's doing; all others are rasvm's. */
const BY_HOST: readonly string[] = ['injected', 'signal', 'sea-exit'];

/** @param words an event's fields in words. */
export function eventRows(events: readonly TimedEvent[], words: (event: EventMessage) => string): Row[] {
  return events.map(({ at, event }) => ({
    at,
    actor: BY_HOST.includes(event.kind) ? 'host' : 'rasvm',
    text: `${event.kind}: ${words(event)}`,
  }));
}

/** What the guest's kernel printed; the time is the one of arrival here, not the guest's. */
export function kernelRows(lines: readonly ConsoleLine[]): Row[] {
  return printedLines(lines).flatMap(({ at, text }) => {
    const line = parseKernelLine(text);
    return line ? [{ at, actor: 'guest kernel' as const, text: line.text }] : [];
  });
}

/** What victims said of themselves: signals that came by themselves, and how their touches ended. */
export function victimRows(lines: readonly ConsoleLine[]): Row[] {
  return lines.flatMap(({ at, said }) => {
    const row = (words: string) => [{ at, actor: 'victim' as const, text: words }];
    if (said?.kind === 'signal') return row(`its SIGBUS handler ran: ${signalWords(said.report)}`);
    if (said?.kind === 'died') return row(`was killed by signal ${said.signal}`);
    const touch = said?.kind === 'answer' && said.ok ? touchOf(said.fields) : undefined;
    return touch === undefined ? [] : row(touchWords(touch));
  });
}

/** si_code of SIGBUS (include/uapi/asm-generic/siginfo.h). */
const CODE_NAMES: Readonly<Record<number, string>> = {
  3: 'BUS_OBJERR',
  4: 'BUS_MCEERR_AR',
  5: 'BUS_MCEERR_AO',
};

function signalWords({ code, address, lsb }: VictimSignal): string {
  return `${CODE_NAMES[code] ?? 'si_code'} (${code}), si_addr 0x${address.toString(16)}, si_addr_lsb ${lsb}`;
}

function touchWords(touch: TouchResult): string {
  if (touch.outcome === 'silent') return 'did not come back from its touch';
  if (touch.outcome === 'died')
    return touch.signal === 0 ? 'died in the kernel' : `was killed by signal ${touch.signal}`;
  if (touch.outcome === 'value') return `read 0x${touch.value.toString(16)}: no error`;
  const ms = (touch.ns / 1e6).toFixed(2);
  return `its SIGBUS handler ran: ${signalWords(touch.report)}; ${ms} ms after the load by the guest's clock`;
}

/** All rows by time; rows of the same time stay in the order given. */
export function mergeRows(...lists: readonly (readonly Row[])[]): Row[] {
  return lists.flat().sort((a, b) => a.at - b.at);
}

/** Codes to print before and after a text (ECMA-48 SGR). */
export type Paint = (actor: Actor | 'good' | 'bad' | 'title' | 'dim', text: string) => string;

const COLOUR = {
  host: '33',
  rasvm: '36',
  'guest kernel': '35',
  victim: '34',
  good: '32',
  bad: '1;31',
  title: '1',
  dim: '2',
} as const;

export const colours: Paint = (what, text) => `\x1b[${COLOUR[what]}m${text}\x1b[0m`;
export const plain: Paint = (_, text) => text;

const ACTOR_WIDTH = 'guest kernel'.length;

/**
 * A row as lines: time since `zero` in ms, actor, text.
 * @param columns of the terminal: longer texts go on below where they began.
 */
export function formatRows(
  rows: readonly Row[],
  zero: number,
  paint: Paint,
  columns = Number.POSITIVE_INFINITY,
): string[] {
  const times = rows.map(({ at }) => `${at < zero ? '-' : '+'}${Math.abs(at - zero).toFixed(1)} ms`);
  const width = Math.max(10, ...times.map((time) => time.length));
  const indent = width + ACTOR_WIDTH + 4;
  return rows.flatMap(({ actor, text }, i) => {
    const [first = '', ...rest] = wrap(printable(text), columns - indent);
    return [
      `${times[i]!.padStart(width)}  ${paint(actor, actor.padEnd(ACTOR_WIDTH))}  ${first}`,
      ...rest.map((line) => ' '.repeat(indent) + line),
    ];
  });
}

/** Columns below which lines are left to the terminal. */
const NARROW = 30;

/** Breaks at spaces; runs of spaces inside of a line stay. */
function wrap(text: string, columns: number): string[] {
  if (columns < NARROW) return [text];
  const lines: string[] = [];
  let rest = text;
  while (rest.length > columns) {
    const space = rest.lastIndexOf(' ', columns);
    if (space <= 0) break;
    lines.push(rest.slice(0, space));
    rest = rest.slice(space + 1);
  }
  return [...lines, rest];
}
