/** KTAP version 1 (Linux' Documentation/dev-tools/ktap.rst), nested: kernel, scenario, checks. */

import type { Check } from '../judge/check.ts';
import type { CaseResult, RunResult } from '../run/result.ts';
import {
  type Column,
  causeScope,
  causesOf,
  columnsOf,
  countOutcomes,
  JUDGES_VMM,
  notAskedWords,
} from './summary.ts';
import { visible } from './text.ts';
import { seenWords } from './words.ts';

/** Lines about errors that stand with a case that did not pass. */
const LOG_LINES = 40;

export function ktapReport(run: RunResult): string {
  const columns = columnsOf(run.cases);
  const { passed, failed, skipped, broken } = countOutcomes(run.cases);
  const lines = [
    ...block(columns.map((column, i) => kernelLines(column, i + 1))),
    ...causesOf(run.cases).map((each) => diagnostic(`cause of ${causeScope(each)}: ${each.cause.text}`)),
    ...notAskedWords(run.notAsked).map((line) => diagnostic(`${JUDGES_VMM}: ${line}`)),
    // As kselftest ends its output.
    `# Totals: pass:${passed} fail:${failed} xfail:0 xpass:0 skip:${skipped} error:${broken}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Version, plan, and the tests one after the other. */
function block(tests: readonly string[][]): string[] {
  return ['KTAP version 1', `1..${tests.length}`, ...tests.flat()];
}

function kernelLines(column: Column, number: number): string[] {
  const { failed, broken, skipped } = countOutcomes(column.cases);
  const all = column.cases.length;
  const notes = [
    ...(failed > 0 ? [`${failed} of ${all} failed`] : []),
    ...(broken > 0 ? [`${broken} of ${all} could not be tested`] : []),
  ].join(', ');
  const directive = skipped === all ? 'SKIP all scenarios were skipped' : notes;
  return [
    ...indent(block(column.cases.map((each, i) => caseLines(each, i + 1)))),
    ...(column.release === undefined ? [] : [diagnostic(`${column.title} is Linux ${column.release}`)]),
    resultLine(failed + broken === 0, number, column.title, directive),
  ];
}

function caseLines(result: CaseResult, number: number): string[] {
  const { outcome, scenario, title, checks, log, reason = '', cause } = result;
  const directive = {
    passed: '',
    failed: data(reason),
    skipped: `SKIP ${reason}`,
    broken: `ERROR ${reason}`,
  }[outcome];
  const evidence = outcome === 'failed' || outcome === 'broken' ? log.filter(({ ras }) => ras) : [];
  return [
    ...(outcome === 'skipped' || checks.length === 0 ? [] : indent(block(checks.map(checkLines)))),
    diagnostic(title),
    ...(cause === undefined ? [] : [diagnostic(`cause: ${cause.text}`)]),
    ...evidence.slice(-LOG_LINES).map(({ text }) => diagnostic(text)),
    resultLine(outcome === 'passed' || outcome === 'skipped', number, scenario, directive),
  ];
}

function checkLines({ claim, proved, seen }: Check, at: number): string[] {
  return [...(proved ? [] : [diagnostic(`seen: ${seenWords(seen)}`)]), resultLine(proved, at + 1, claim, '')];
}

function resultLine(ok: boolean, number: number, description: string, note: string): string {
  const words = [ok ? 'ok' : 'not ok', number, plain(description)];
  return [...words, ...(note === '' ? [] : ['#', plain(note)])].join(' ');
}

/** Without the sign that begins directives. */
function plain(text: string): string {
  return visible(text).replaceAll('#', '').trim();
}

/** What is no directive must not look like one. */
function data(reason: string): string {
  return /^\s*(?:SKIP|TODO|XFAIL|TIMEOUT|ERROR)/i.test(reason) ? `failed: ${reason}` : reason;
}

function diagnostic(text: string): string {
  return `# ${visible(text)}`;
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
