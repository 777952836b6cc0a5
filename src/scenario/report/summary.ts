/** What all reports say of a run: counts, the matrix of scenarios and kernels, the first failure. */

import type { CaseResult, Cause, NotAsked, Outcome, RunResult } from '../run/result.ts';
import { DEFAULT_VMM, type VmmName } from '../vmm/names.ts';

/** The worst first. */
export const OUTCOMES: readonly Outcome[] = ['failed', 'broken', 'skipped', 'passed'];

export const SYMBOLS: Readonly<Record<Outcome, string>> = {
  failed: '✗',
  broken: '!',
  skipped: '–',
  passed: '✓',
};

export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  failed: 'failed',
  broken: 'could not be tested',
  skipped: 'skipped',
  passed: 'passed',
};

export type Counts = Record<Outcome, number>;

export function countOutcomes(cases: readonly CaseResult[]): Counts {
  const counts: Counts = { failed: 0, broken: 0, skipped: 0, passed: 0 };
  for (const { outcome } of cases) counts[outcome]++;
  return counts;
}

/** "2 of 24 cases failed, 1 could not be tested, 3 skipped, 18 passed" */
export function summaryWords(counts: Counts): string {
  const total = OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0);
  if (total === 0) return 'no case was run';
  const cases = total === 1 ? 'case' : 'cases';
  if (counts.passed === total) return total === 1 ? 'the case passed' : `all ${total} ${cases} passed`;
  return OUTCOMES.filter((outcome) => counts[outcome] > 0)
    .map(
      (outcome, i) => `${counts[outcome]}${i === 0 ? ` of ${total} ${cases}` : ''} ${OUTCOME_WORDS[outcome]}`,
    )
    .join(', ');
}

/** Of a case whose failure is not the guest kernel's. */
export const JUDGES_VMM = "judges the VMM, not the guest's kernel";

/** Where a scenario was not run, as it {@link JUDGES_VMM} and was run on another kernel. */
export const NOT_ASKED = '·';

/**
 * A line for each kernel that scenarios were run on alone: "20 scenarios on debian:6.1, not on debian:6.12"
 */
export function notAskedWords(all: readonly NotAsked[] = []): string[] {
  const places = new Map<string, { scenarios: Set<string>; columns: Set<string> }>();
  for (const each of all) {
    const on = columnTitle({ ...each, kernel: { name: each.instead } });
    const place = places.get(on) ?? { scenarios: new Set(), columns: new Set() };
    places.set(on, place);
    place.scenarios.add(each.scenario);
    place.columns.add(columnTitle(each));
  }
  return [...places].map(([on, { scenarios, columns }]) => {
    const count = `${scenarios.size} ${scenarios.size === 1 ? 'scenario' : 'scenarios'}`;
    return `${count} on ${on}, not on ${[...columns].join('; ')}`;
  });
}

/** What a bisection asks: the first case that failed; if none did, the first that could not be tested. */
export function firstFailure(cases: readonly CaseResult[]): CaseResult | undefined {
  return (
    cases.find(({ outcome }) => outcome === 'failed') ?? cases.find(({ outcome }) => outcome === 'broken')
  );
}

/** A cause, and the cases that could not pass because of it. */
export interface CauseCount {
  cause: Cause;
  cases: CaseResult[];
}

/** Each cause once, the one of most cases first. */
export function causesOf(cases: readonly CaseResult[]): CauseCount[] {
  const causes = new Map<string, CauseCount>();
  for (const each of cases) {
    if (!each.cause) continue;
    const { code, text } = each.cause;
    const key = `${code} ${text}`;
    const found = causes.get(key) ?? { cause: each.cause, cases: [] };
    causes.set(key, found);
    found.cases.push(each);
  }
  return [...causes.values()].sort((a, b) => b.cases.length - a.cases.length);
}

/** "12 cases on debian:6.12" */
export function causeScope({ cases }: CauseCount): string {
  const columns = [...new Set(cases.map(columnTitle))];
  return `${cases.length} ${cases.length === 1 ? 'case' : 'cases'} on ${columns.join('; ')}`;
}

/** A kernel in a VMM and a variant: what a scenario is run on. */
export interface Column {
  /** As `--kernel` has it, with the VMM if it is not rasvm, and the variant if it is not the default one. */
  title: string;
  kernel: string;
  variant: string;
  vmm: VmmName;
  release?: string;
  cases: CaseResult[];
}

export interface Row {
  scenario: string;
  title: string;
  /** One list a column; more than one case where scenarios are repeated, none where it was not run. */
  cells: CaseResult[][];
  /** By column: whether it was not run there as it judges the VMM. */
  notAsked: boolean[];
}

/** The kernels and variants, in the order in which they first come. */
export function columnsOf(cases: readonly CaseResult[]): Column[] {
  const columns = new Map<string, Column>();
  for (const each of cases) {
    const title = columnTitle(each);
    const column = columns.get(title) ?? {
      title,
      kernel: each.kernel.name,
      variant: each.variant,
      vmm: each.vmm ?? DEFAULT_VMM,
      cases: [],
    };
    columns.set(title, column);
    if (each.kernel.release !== undefined) column.release ??= each.kernel.release;
    column.cases.push(each);
  }
  return [...columns.values()];
}

export function columnTitle({
  kernel,
  variant,
  vmm,
}: Pick<CaseResult, 'kernel' | 'variant' | 'vmm'>): string {
  const where = vmm === undefined ? kernel.name : `${kernel.name}/${vmm}`;
  return variant === 'default' ? where : `${where}, ${variant}`;
}

export function matrixOf({ cases, notAsked = [] }: Pick<RunResult, 'cases' | 'notAsked'>): {
  columns: Column[];
  rows: Row[];
} {
  const columns = columnsOf(cases);
  const left = new Set(notAsked.map((each) => `${each.scenario} ${columnTitle(each)}`));
  const rows = new Map<string, Row>();
  columns.forEach((column, at) => {
    for (const each of column.cases) {
      const { scenario, title } = each;
      const row = rows.get(scenario) ?? {
        scenario,
        title,
        cells: columns.map(() => []),
        notAsked: columns.map(({ title: on }) => left.has(`${scenario} ${on}`)),
      };
      rows.set(scenario, row);
      row.cells[at]!.push(each);
    }
  });
  return { columns, rows: [...rows.values()] };
}
