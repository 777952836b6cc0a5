/**
 * Kernels that do not come up in a VMM are given up: each guest of one takes all the time that a boot may
 * take.
 */

import { DEFAULT_VMM } from '../vmm/names.ts';
import type { Case } from './case.ts';
import { notRun } from './case-result.ts';
import type { CaseResult, Cause } from './result.ts';

/** Guests of a kernel that may fail to come up before any has. */
const TRIES = 3;

export class Unbootable {
  readonly #failures = new Map<string, number>();
  /** Of the last that failed. */
  readonly #causes = new Map<string, Cause | undefined>();
  readonly #booted = new Set<string>();

  /** What became of a case of this kernel. */
  seen(result: CaseResult): void {
    const name = place(result);
    if (result.machine === undefined) return;
    if (result.up) this.#booted.add(name);
    else if (result.outcome === 'broken') {
      this.#failures.set(name, (this.#failures.get(name) ?? 0) + 1);
      this.#causes.set(name, result.cause);
    }
  }

  /** The result of a case that is not worth its time; undefined: it is to be run. */
  judge(each: Case): CaseResult | undefined {
    const name = place(each);
    const count = this.#failures.get(name) ?? 0;
    if (count < TRIES || this.#booted.has(name)) return undefined;
    const cause = this.#causes.get(name);
    const reason = `not run: ${count} guests with this kernel did not come up, and none did`;
    return { ...notRun(each, reason), ...(cause && { cause }) };
  }
}

function place({ kernel, vmm = DEFAULT_VMM }: Pick<Case | CaseResult, 'kernel' | 'vmm'>): string {
  return `${kernel.name}/${vmm}`;
}
