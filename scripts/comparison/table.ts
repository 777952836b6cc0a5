/** Runs of `rasvm test` on both VMMs, from their JSON reports, as a table in Markdown. */

import { isDeepStrictEqual } from 'node:util';
import type { CaseResult, RunResult } from '../../src/scenario/result.ts';
import { DEFAULT_VMM, type VmmName } from '../../src/scenario/vmm/names.ts';
import { VMMS } from '../../src/scenario/vmm/vmm.ts';
import { seenWords } from '../../src/scenario/words.ts';
import { code, rowsOf } from '../acpi-reference/markdown.ts';

/** What of the JSON report is used. */
export interface Report extends Pick<RunResult, 'host' | 'cases'> {
  started: string;
}

const COLUMNS: readonly VmmName[] = ['rasvm', 'qemu'];

/** A row a scenario, by their ids; of a case that was run again the last. @throws RangeError where a VMM is missing, or kernels and hosts differ */
export function comparisonTable(reports: readonly Report[]): string {
  const cases = reports.flatMap((each) => each.cases);
  const { host, started } = reports[0]!;
  const releases = [...new Set(cases.flatMap(({ kernel }) => kernel.release ?? []))];
  if (host.qemu === undefined || releases.length !== 1)
    throw new RangeError(`a run must have both VMMs and one kernel; its kernels are ${releases.join(', ')}`);
  if (!reports.every((each) => isDeepStrictEqual(each.host, host)))
    throw new RangeError('all runs must be on the same host');
  const scenarios = [...new Set(cases.map(({ scenario }) => scenario))].sort();
  const found = (scenario: string, vmm: VmmName) =>
    cases.findLast((each) => each.scenario === scenario && (each.vmm ?? DEFAULT_VMM) === vmm);
  return [
    `${started.slice(0, 10)}: rasvm ${host.rasvm} and QEMU ${host.qemu}; host Linux ${host.kernel}, guest Linux ${releases[0]}.`,
    '',
    rowsOf(
      ['Scenario', 'rasvm', `QEMU ${host.qemu.replace(/^(\d+\.\d+).*$/, '$1')}`],
      scenarios.map((scenario) => [code(scenario), ...COLUMNS.map((vmm) => cell(found(scenario, vmm)))]),
    ),
    '',
    ...COLUMNS.map((vmm) => `${VMMS[vmm].title}: ${counts(cases, vmm)}.`),
  ].join('\n');
}

function counts(cases: readonly CaseResult[], vmm: VmmName): string {
  const own = [...new Map(cases.map((each) => [each.id, each])).values()].filter(
    (each) => (each.vmm ?? DEFAULT_VMM) === vmm,
  );
  const count = (outcome: CaseResult['outcome']) => own.filter((each) => each.outcome === outcome).length;
  return `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped, ${count('broken')} not to be tested`;
}

/** Where it was run twice, also what came of it at first: a VMM that dies now and then would not show. */
function cell(result: CaseResult | undefined): string {
  if (!result) return '';
  const { before, outcome } = result;
  if (!before || outcome !== 'passed') return outcomeWords(result);
  const others = before.served === 1 ? '1 other' : `${before.served} others`;
  const first = plain(lastWords(before.reason) ?? before.reason);
  return `${outcomeWords(result)}; before, in a guest that had served ${others}: ${first}`;
}

function outcomeWords({ outcome, checks, reason = '' }: CaseResult): string {
  if (outcome === 'passed') return `✓ ${checks.length} ${checks.length === 1 ? 'claim' : 'claims'}`;
  if (outcome === 'skipped') return `– ${plain(reason)}`;
  if (outcome === 'broken') return `! ${plain(reason)}`;
  const died = lastWords(reason);
  if (died !== undefined) return `✗ ${plain(died)}`;
  const unproved = checks.filter(({ proved }) => !proved);
  if (unproved.length === 0) return `✗ ${plain(reason)}`;
  const more = unproved.length > 1 ? `, and ${unproved.length - 1} more` : '';
  return `✗ not so: ${plain(unproved[0]!.claim)}${more}; seen: ${plain(seenWords(unproved[0]!.seen))}`;
}

/** The VMM's own, where it died. */
function lastWords(reason: string): string | undefined {
  return /did not come: (.*)$/s.exec(reason)?.[1];
}

/** A cell is one line, and what a guest or a VMM printed no markup. */
function plain(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.replace(/[\\`*_<>[\]]/g, '\\$&');
}
