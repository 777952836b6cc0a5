/** Cases side by side: so many guests at once, the results in the order of the cases. */

import type { Case } from './case.ts';
import type { CaseResult } from './result.ts';

export async function runCases(
  cases: readonly Case[],
  jobs: number,
  run: (each: Case) => Promise<CaseResult>,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  let next = 0;
  const worker = async () => {
    while (next < cases.length) {
      const index = next++;
      results[index] = await run(cases[index]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, cases.length) }, worker));
  return results;
}
