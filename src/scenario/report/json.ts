/** The JSON report: all that is known of a run, for programs; docs/reference/test-report.md describes it. */

import type { RunResult } from '../run/result.ts';
import { causesOf, countOutcomes } from './summary.ts';
import { visibleJson } from './text.ts';

/** Raised when a reader of the form before would misread it; new members do not raise it. */
export const JSON_REPORT_VERSION = 1;

export function jsonReport({ started, durationMs, host, cases, notAsked = [] }: RunResult): string {
  const report = {
    format: 'rasvm-test-report',
    version: JSON_REPORT_VERSION,
    started: started.toISOString(),
    durationMs,
    host,
    counts: countOutcomes(cases),
    causes: causesOf(cases).map((each) => ({ ...each.cause, cases: each.cases.map(({ id }) => id) })),
    cases,
    notAsked,
  };
  return `${visibleJson(JSON.stringify(report, undefined, 2))}\n`;
}
