/** What became of tests, as scripts/test-reporter.mjs and whoever runs it keep it in files. */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Voice } from './turns.ts';

export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
  /** Each failed test with its reason. */
  failures: string[];
  /** What tests say that was not asked for. */
  leftOut: string[];
  /** What runs just now. */
  running: string[];
}

export function noTotals(): Totals {
  return { passed: 0, failed: 0, skipped: 0, failures: [], leftOut: [], running: [] };
}

/** @returns none where a run has not come so far */
export function readTotals(file: string): Totals {
  try {
    return { ...noTotals(), ...(JSON.parse(readFileSync(file, 'utf8')) as Partial<Totals>) };
  } catch {
    return noTotals();
  }
}

/** The totals of several runs, in a file as they come: whoever is ended has said how far it came. */
export class TotalsFile {
  readonly sum = noTotals();
  readonly #path: string | undefined;

  /** @param path left out: they are in no file */
  constructor(path: string | undefined) {
    this.#path = path;
    if (path) rmSync(path, { force: true });
  }

  add({ passed, failed, skipped, failures, leftOut }: Totals): void {
    this.sum.passed += passed;
    this.sum.failed += failed;
    this.sum.skipped += skipped;
    this.sum.failures.push(...failures);
    this.sum.leftOut.push(...leftOut);
    this.#save();
  }

  fail(what: string, voice: Voice): void {
    voice.write(`✗ ${what}\n`);
    this.add({ ...noTotals(), failed: 1, failures: [`✗ ${what}\n`] });
  }

  begins(what: string): void {
    this.sum.running.push(what);
    this.#save();
  }

  ends(what: string): void {
    this.sum.running = this.sum.running.filter((each) => each !== what);
    this.#save();
  }

  end(): void {
    if (!this.#path) console.log(this.sum);
  }

  #save(): void {
    if (this.#path) writeFileSync(this.#path, JSON.stringify(this.sum));
  }
}
