/** Expectations held against what was seen so far: pure, so that it can be done again while more comes. */

import type { EventMessage } from '../../api/events.ts';
import { type ConsoleLine, parseKernelLine, printedLines } from '../guest/console.ts';
import type { TimedEvent } from '../guest/under-test.ts';
import { isInPage, type Page } from '../guest/victim.ts';
import type { Check } from '../judge/check.ts';
import { isMatch, type Matcher, matches, matchesDeep, UNIT } from '../language/matcher.ts';
import {
  type EventPattern,
  type Expectation,
  eventOf,
  SIGNAL_CODES,
  type TracedPattern,
} from '../language/schema-expect.ts';
import { milliseconds } from '../language/schema-values.ts';
import type { Values } from '../language/values.ts';
import { check } from './check.ts';
import { isTraced, type TraceEvent, traceEvents } from './trace-events.ts';
import { judgePath, judgePrinted, judgeRecovered } from './verdict.ts';

/** Since the moment that counts. */
export interface Seen {
  /** Left out: the VMM tells none. */
  events?: readonly TimedEvent[];
  console: readonly ConsoleLine[];
}

/**
 * @param wanted with its references resolved. What the running guest must answer itself is not judged here.
 */
export function judge(wanted: Expectation, seen: Seen, values: Values): Check[] {
  const known = seen.events?.map(({ event }) => event);
  const events = known ?? [];
  const printed = printedLines(seen.console);
  const lines = printed.map(({ text }) => text);
  const pages = (names: string | readonly string[] = []) =>
    [names]
      .flat()
      .flatMap((name) => values.pages(name).map((page) => ({ name: nameOf(name, page, values), page })));
  return [
    ...listOf(wanted.told).flatMap(({ page, as }) =>
      pages(page).flatMap((each) => prefixed(each.name, judgePath({ page: each.page, events }, as))),
    ),
    ...pages(wanted.reported).flatMap(({ name, page }) =>
      prefixed(name, [judgePrinted({ page, console: lines, ...(known && { events: known }) })]),
    ),
    ...pages(wanted.recovered).flatMap(({ name, page }) =>
      prefixed(name, [judgeRecovered({ page, console: lines })]),
    ),
    ...listOf(wanted.signalled).flatMap(({ page, ...how }) =>
      pages(page).map((each) => judgeSignal(each.name, each.page, how, seen.console)),
    ),
    ...pages(wanted.notSignalled).map(({ name, page }) => {
      const came = signalsTo(page, seen.console)[0];
      return check(`${name}: no signal came to ${page.victim} by itself`, came === undefined, came);
    }),
    ...judgeLog(wanted.log ?? [], printed),
    ...(wanted.noLog ?? []).map((line) => judgeNoLine(line, printed)),
    ...judgeEvents(wanted.events ?? [], events),
    ...judgeTrace(wanted.trace ?? [], traceEvents(seen.console)),
    ...(wanted.noEvents ?? []).map((entry) => {
      const found = events.find((event) => isEvent(event, entry));
      return check(`never: ${eventText(entry)}`, found === undefined, found);
    }),
  ];
}

function listOf<T>(one: T | T[] | undefined): T[] {
  return one === undefined ? [] : ([one].flat() as T[]);
}

/** Of several pages each is called by its number. */
function nameOf(name: string, page: Page, values: Values): string {
  const all = values.pages(name);
  return all.length === 1 ? name : `${name}[${all.indexOf(page)}]`;
}

function prefixed(name: string, checks: readonly Check[]): Check[] {
  return checks.map((each) => ({ ...each, claim: `${name}: ${each.claim}` }));
}

/** Signals that came by themselves. */
function signalsTo(page: Page, lines: readonly ConsoleLine[]) {
  return lines.flatMap(({ said }) =>
    said?.kind === 'signal' && said.victim === page.victim && isInPage(page, said.report.address)
      ? [said.report]
      : [],
  );
}

function judgeSignal(
  name: string,
  page: Page,
  { code, lsb }: { code?: keyof typeof SIGNAL_CODES | undefined; lsb?: Matcher | undefined },
  lines: readonly ConsoleLine[],
): Check {
  const signals = signalsTo(page, lines);
  const right = signals.find(
    (each) =>
      (code === undefined || each.code === SIGNAL_CODES[code]) &&
      (lsb === undefined || matches(each.lsb, lsb)),
  );
  const how = `${code ?? 'a signal'}${lsb === undefined ? '' : `, si_addr_lsb ${lsb}`}`;
  return check(
    `${name}: ${how} came to ${page.victim} by itself, with its address`,
    right !== undefined,
    right ?? signals[0],
  );
}

type LogExpectation = NonNullable<Expectation['log']>[number];

function judgeLog(wanted: readonly LogExpectation[], lines: readonly ConsoleLine[]): Check[] {
  const log = lines.flatMap(({ text }) => parseKernelLine(text) ?? []);
  let next = 0;
  let last: { seconds: number } | undefined;
  return wanted.map((entry) => {
    const { line, within, count } = typeof entry === 'string' ? { line: entry } : entry;
    if (count !== undefined) {
      const found = log.filter(({ text }) => isMatch(text, line)).length;
      return check(`the guest's log has ${counted(count)} '${line}'`, matches(found, count), {
        lines: found,
      });
    }
    const at = log.findIndex(({ text }, i) => i >= next && isMatch(text, line));
    const found = log[at];
    const elsewhere = log.find(({ text }) => isMatch(text, line));
    const inTime =
      within === undefined ||
      (found !== undefined &&
        last !== undefined &&
        (found.seconds - last.seconds) * 1e3 <= milliseconds(within));
    const claim = `the guest's log has '${line}'${within === undefined ? '' : ` within ${within}`}`;
    if (found) {
      next = at + 1;
      last = found;
    }
    const outOfOrder = elsewhere && { beforeItsTime: elsewhere.text };
    return check(claim, found !== undefined && inTime, found ?? outOfOrder);
  });
}

function judgeNoLine(line: string, lines: readonly ConsoleLine[]): Check {
  const found = lines.find(({ text }) => isMatch(parseKernelLine(text)?.text ?? '', line));
  return check(`the guest's log has no '${line}'`, found === undefined, found && { line: found.text });
}

function judgeEvents(wanted: readonly EventPattern[], events: readonly EventMessage[]): Check[] {
  let next = 0;
  let last: EventMessage | undefined;
  return wanted.map((entry) => {
    const { within, count } = entry;
    if (count !== undefined) {
      const found = events.filter((event) => isEvent(event, entry));
      return check(`${counted(count)} ${eventText(entry)}`, matches(found.length, count), {
        events: found.length,
      });
    }
    const at = events.findIndex((event, i) => i >= next && isEvent(event, entry));
    const found = events[at];
    const inTime =
      within === undefined ||
      (found !== undefined && last !== undefined && found.time - last.time <= milliseconds(within) * UNIT.ms);
    if (found) {
      next = at + 1;
      last = found;
    }
    const { kind } = eventOf(entry);
    return check(
      `${eventText(entry)}${within === undefined ? '' : ` within ${within}`}`,
      found !== undefined && inTime,
      found ?? events.findLast((event) => event.kind === kind),
    );
  });
}

function judgeTrace(wanted: readonly TracedPattern[], events: readonly TraceEvent[]): Check[] {
  let next = 0;
  return wanted.map((entry) => {
    const claim = `trace event ${entry.event}${tracedWords(entry)}`;
    const found = events.filter((event) => isTraced(event, entry));
    if (entry.count !== undefined)
      return check(`${counted(entry.count)} ${claim}`, matches(found.length, entry.count), {
        events: found.length,
      });
    const at = events.findIndex((event, i) => i >= next && isTraced(event, entry));
    if (at >= 0) next = at + 1;
    return check(claim, at >= 0, events[at] ?? events.findLast(({ name }) => name === entry.event));
  });
}

function tracedWords({ text, fields = {} }: TracedPattern): string {
  const words = Object.entries(fields).map(([name, value]) => `${name} ${valueText(value)}`);
  return [
    ...(text === undefined ? [] : [` '${text}'`]),
    ...(words.length > 0 ? [` (${words.join(', ')})`] : []),
  ].join('');
}

function isEvent(event: EventMessage, entry: EventPattern): boolean {
  const { kind, fields } = eventOf(entry);
  return event.kind === kind && matchesDeep(event, fields);
}

function eventText(entry: EventPattern): string {
  const { kind, fields } = eventOf(entry);
  const words = Object.entries(fields).map(([name, value]) => `${name} ${valueText(value)}`);
  return `event ${kind}${words.length > 0 ? ` (${words.join(', ')})` : ''}`;
}

/** Addresses are read in hexadecimal. */
export function valueText(value: unknown): string {
  return typeof value === 'number' && value >= 4096 ? `0x${value.toString(16)}` : String(value);
}

function counted(count: Matcher): string {
  return typeof count === 'string' ? `${count} times` : `exactly ${count} times`;
}
