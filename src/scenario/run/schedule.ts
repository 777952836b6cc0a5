/**
 * Cases side by side: so many at once, the results in the order of the cases. One that rejects is broken, and
 * ends no run.
 */

import { type Case, machineOf } from './case.ts';
import { brokenCase } from './case-result.ts';
import { History } from './journal.ts';
import type { CaseResult } from './result.ts';

/**
 * @param history of a run that is gone on with: what it settled is not run again, and what the host may have died of is run
 * first, one at a time
 */
export async function runCases(
  cases: readonly Case[],
  jobs: number,
  run: (each: Case) => Promise<CaseResult>,
  history = new History(),
): Promise<CaseResult[]> {
  const results = cases.map((each) => history.settled(each));
  const order = byGuest(cases).filter((index) => results[index] === undefined);
  const suspects = order.filter((index) => history.isSuspect(cases[index]!));
  const others = order.filter((index) => !history.isSuspect(cases[index]!));
  const worker = async (indices: number[]) => {
    for (let index = indices.shift(); index !== undefined; index = indices.shift())
      results[index] = await run(cases[index]!).catch((error) => brokenCase(cases[index]!, error));
  };
  await worker(suspects);
  await Promise.all(Array.from({ length: Math.min(jobs, others.length) }, () => worker(others)));
  return results as CaseResult[];
}

/** Indices of cases, those together that one guest can serve. */
function byGuest(cases: readonly Case[]): number[] {
  const indices = new Map(cases.map((each, index) => [each, index]));
  return guestGroups(cases).flatMap((group) => group.map((each) => indices.get(each)!));
}

/** Cases in groups that one guest can serve, in the order of their first. */
export function guestGroups(cases: readonly Case[]): Case[][] {
  const groups = new Map<string, Case[]>();
  for (const each of cases) {
    const { kernel, vmm, scenario } = each;
    const machine = Object.entries(machineOf(each)).sort();
    const key = JSON.stringify([kernel.image, vmm, machine, scenario.alone]);
    const group = groups.get(key);
    if (group) group.push(each);
    else groups.set(key, [each]);
  }
  return [...groups.values()];
}
