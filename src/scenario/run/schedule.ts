/**
 * Cases side by side: so many at once, the results in the order of the cases. One that rejects is broken, and
 * ends no run.
 */

import { type Case, machineOf } from './case.ts';
import { brokenCase } from './case-result.ts';
import type { CaseResult } from './result.ts';

export async function runCases(
  cases: readonly Case[],
  jobs: number,
  run: (each: Case) => Promise<CaseResult>,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  const order = byGuest(cases);
  let next = 0;
  const worker = async () => {
    while (next < order.length) {
      const index = order[next++]!;
      const each = cases[index]!;
      results[index] = await run(each).catch((error) => brokenCase(each, error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, cases.length) }, worker));
  return results;
}

/** Indices of cases, those together that one guest can serve. */
function byGuest(cases: readonly Case[]): number[] {
  const groups = new Map<string, number[]>();
  for (const [index, each] of cases.entries()) {
    const { kernel, vmm, scenario } = each;
    const machine = Object.entries(machineOf(each)).sort();
    const key = JSON.stringify([kernel.image, vmm, machine, scenario.alone]);
    const group = groups.get(key);
    if (group) group.push(index);
    else groups.set(key, [index]);
  }
  return [...groups.values()].flat();
}
