/**
 * The report for a terminal, or for the log of a CI run: what failed first and why, the matrix, the times.
 */

import type { Check } from '../judge/check.ts';
import type { CaseResult, RunResult, Stuck, TimelineEntry } from '../run/result.ts';
import {
  type Column,
  causeScope,
  causesOf,
  columnTitle,
  countOutcomes,
  firstFailure,
  JUDGES_VMM,
  matrixOf,
  NOT_ASKED,
  notAskedWords,
  type Row,
  SYMBOLS,
  summaryWords,
} from './summary.ts';
import { durationWords, printable } from './text.ts';
import { type Paint, plain } from './timeline.ts';
import { seenWords, stuckLines } from './words.ts';

export interface TerminalStyle {
  /** Left out: no colours. */
  paint?: Paint;
}

/** Entries of the first failure's timeline that are shown: its end. */
const TIMELINE = 40;
/** Failures that are shown with their reasons. */
const FAILURES = 20;
/** Cases that are named as the longest. */
const SLOWEST = 3;
/** A column's title that is longer stands below the matrix. */
const TITLE_WIDTH = 16;

export function terminalReport(run: RunResult, { paint = plain }: TerminalStyle = {}): string {
  const counts = countOutcomes(run.cases);
  const fine = counts.failed + counts.broken === 0;
  const first = firstFailure(run.cases);
  const others = run.cases.filter((each) => each !== first && isFailure(each));
  const parts = [
    first ? [paint('title', 'What failed first'), ...failure(first, paint), ...timeline(first, paint)] : [],
    others.length > 0
      ? [
          paint('title', 'Then'),
          ...others.slice(0, FAILURES).flatMap((each) => failure(each, paint)),
          ...(others.length > FAILURES ? [`  and ${others.length - FAILURES} more`] : []),
        ]
      : [],
    causes(run.cases, paint),
    skips(run.cases, paint),
    differing(run.cases, paint),
    notAsked(run, paint),
    matrix(run, paint),
    times(run, paint),
    [
      paint(
        fine ? 'good' : 'bad',
        `rasvm test: ${summaryWords(counts)}, in ${durationWords(run.durationMs)}`,
      ),
    ],
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function isFailure({ outcome }: CaseResult): boolean {
  return outcome === 'failed' || outcome === 'broken';
}

function failure(result: CaseResult, paint: Paint): string[] {
  const { scenario, title, reason, cause, outcome, checks, stuck, judges } = result;
  const word = outcome === 'failed' ? 'FAILED' : 'COULD NOT BE TESTED';
  return [
    `  ${paint('bad', word)} ${printable(scenario)} on ${printable(columnTitle(result))}`,
    `    ${printable(title)}`,
    ...(judges === 'vmm' ? [paint('dim', `    ${JUDGES_VMM}`)] : []),
    ...(reason === undefined ? [] : [`    ${printable(reason)}`]),
    ...(cause === undefined ? [] : [`    ${paint('title', 'cause:')} ${printable(cause.text)}`]),
    ...checks.filter(({ proved }) => !proved).flatMap((each) => unproved(each, paint)),
    ...(stuck === undefined ? [] : stood(stuck, paint)),
  ];
}

function stood(stuck: Stuck, paint: Paint): string[] {
  return [
    `    ${paint('dim', 'where it stood:')}`,
    ...stuckLines(stuck).map((line) => `      ${printable(line)}`),
  ];
}

function unproved({ claim, seen }: Check, paint: Paint): string[] {
  return [
    `    ${paint('bad', SYMBOLS.failed)} ${printable(claim)}`,
    `      ${paint('dim', 'seen:')} ${printable(seenWords(seen))}`,
  ];
}

const ACTOR_COLOURS = {
  host: 'host',
  rasvm: 'rasvm',
  guest: 'guest kernel',
  victim: 'victim',
  runner: 'dim',
} as const satisfies Record<TimelineEntry['actor'], Parameters<Paint>[0]>;

function timeline({ timeline: entries, why }: CaseResult, paint: Paint): string[] {
  const shown = entries.slice(-TIMELINE);
  const times = shown.map(({ at }) => at.toFixed(1));
  const width = Math.max(0, ...times.map((time) => time.length));
  return [
    `    ${paint('dim', 'why it matters:')} ${printable(why)}`,
    ...(shown.length < entries.length
      ? [paint('dim', `    ${entries.length - shown.length} entries before`)]
      : []),
    ...shown.map(
      ({ actor, text }, i) =>
        `    ${times[i]!.padStart(width)} ms  ${paint(ACTOR_COLOURS[actor], actor.padEnd(6))}  ${printable(text)}`,
    ),
  ];
}

/** Each once: a kernel whose handling of errors is off fails most cases, and all for one reason. */
function causes(cases: readonly CaseResult[], paint: Paint): string[] {
  const found = causesOf(cases);
  if (found.length === 0) return [];
  return [
    paint('title', 'Why'),
    ...found.flatMap((each) => [
      `  ${printable(each.cause.text)}`,
      `    ${paint('dim', `${printable(causeScope(each))}; see ${each.cause.reference}`)}`,
    ]),
  ];
}

/** What became of a case may depend on what its guest had been through: both are told. */
function differing(cases: readonly CaseResult[], paint: Paint): string[] {
  const lines = cases.flatMap((each) => {
    if (!each.before || each.outcome !== 'passed') return [];
    const { served, reason } = each.before;
    const name = `${printable(each.scenario)} on ${printable(columnTitle(each))}`;
    return [`  ${name}`, `    after ${served} other${served === 1 ? '' : 's'}: ${printable(reason)}`];
  });
  return lines.length === 0
    ? []
    : [paint('title', 'Passed in a guest of its own, and not in one that had served others'), ...lines];
}

/** Each reason once. */
function skips(cases: readonly CaseResult[], paint: Paint): string[] {
  const reasons = new Map<string, number>();
  for (const { outcome, reason = 'no reason given' } of cases)
    if (outcome === 'skipped') reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  if (reasons.size === 0) return [];
  return [
    paint('title', 'Skipped'),
    ...[...reasons].map(([reason, count]) => `  ${String(count).padStart(3)}  ${printable(reason)}`),
  ];
}

function notAsked({ notAsked: all }: RunResult, paint: Paint): string[] {
  const lines = notAskedWords(all);
  if (lines.length === 0) return [];
  return [
    paint('title', `Not run on each kernel (${NOT_ASKED}): what ${JUDGES_VMM}; --all-kernels asks for it`),
    ...lines.map((line) => `  ${printable(line)}`),
  ];
}

function matrix(run: RunResult, paint: Paint): string[] {
  const { columns, rows } = matrixOf(run);
  if (rows.length === 0) return [];
  const long = columns.some(({ title }) => printable(title).length > TITLE_WIDTH);
  const heads = columns.map(({ title }, i) => (long ? `[${i + 1}]` : printable(title)));
  const names = rows.map(({ scenario }) => printable(scenario));
  const width = Math.max(...names.map((name) => name.length));
  const cells = rows.map((row) => row.cells.map((cell, c) => (row.notAsked[c] ? NOT_ASKED : cellText(cell))));
  const widths = heads.map((head, i) => Math.max(head.length, ...cells.map((row) => row[i]!.length)));
  const line = (name: string, painted: readonly string[], plainTexts: readonly string[]) =>
    [name.padEnd(width), ...painted.map((text, c) => text + ' '.repeat(widths[c]! - plainTexts[c]!.length))]
      .join('  ')
      .trimEnd();
  return [
    line(
      '',
      heads.map((head) => paint('title', head)),
      heads,
    ),
    ...rows.map((row, r) =>
      line(
        names[r]!,
        row.cells.map((each, c) => paint(cellColour(each), cells[r]![c]!)),
        cells[r]!,
      ),
    ),
    ...(long || columns.some(({ release }) => release !== undefined) ? legend(columns, long, paint) : []),
  ];
}

function legend(columns: readonly Column[], long: boolean, paint: Paint): string[] {
  return columns.map(({ title, release }, i) => {
    const is = release === undefined ? '' : `: Linux ${printable(release)}`;
    return paint('dim', `${long ? `[${i + 1}] ` : ''}${printable(title)}${is}`);
  });
}

type Cell = Row['cells'][number];

/** `✓ 3.2 s`; of repeated cases how many of each: `2✗ 8✓ 31.0 s`. */
function cellText(cell: Cell): string {
  if (cell.length === 0) return '';
  const time = durationWords(cell.reduce((sum, { durationMs }) => sum + durationMs, 0));
  if (cell.length === 1)
    return cell[0]!.outcome === 'skipped' ? SYMBOLS.skipped : `${SYMBOLS[cell[0]!.outcome]} ${time}`;
  const counts = Object.entries(countOutcomes(cell)).filter(([, count]) => count > 0);
  return `${counts.map(([outcome, count]) => `${count}${SYMBOLS[outcome as keyof typeof SYMBOLS]}`).join(' ')} ${time}`;
}

function cellColour(cell: Cell): 'good' | 'bad' | 'dim' {
  if (cell.some(isFailure)) return 'bad';
  return cell.some(({ outcome }) => outcome === 'passed') ? 'good' : 'dim';
}

function times({ cases, host }: RunResult, paint: Paint): string[] {
  const slowest = [...cases].sort((a, b) => b.durationMs - a.durationMs).slice(0, SLOWEST);
  return [
    ...(cases.length > SLOWEST
      ? [
          `Longest: ${slowest
            .map(
              (each) =>
                `${printable(each.scenario)} on ${printable(columnTitle(each))} ${durationWords(each.durationMs)}`,
            )
            .join(', ')}`,
        ]
      : []),
    paint(
      'dim',
      `Host: Linux ${printable(host.kernel)}, rasvm ${printable(host.rasvm)}${host.qemu === undefined ? '' : `, QEMU ${printable(host.qemu)}`}`,
    ),
  ];
}
