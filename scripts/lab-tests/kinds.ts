/** The kinds of host that lab tests are about, and how long what runs there may take. */

import { DEFAULT_CPU, type LabOptions } from '../../src/lab/options.ts';

export interface HostKind {
  readonly name: string;
  /** Left out: this machine. */
  readonly lab?: Partial<LabOptions>;
}

const NO_RAS = 'no-ras-extension.test.ts';
const PMU = 'pmu.test.ts';

const USUAL: HostKind = { name: 'a host with the RAS extension', lab: { cpu: DEFAULT_CPU } };
const OTHERS: Readonly<Record<string, HostKind>> = {
  [NO_RAS]: { name: 'a host without the RAS extension', lab: { cpu: 'cortex-a57' } },
  [PMU]: { name: 'a host with a PMU', lab: { cpu: DEFAULT_CPU, pmu: true } },
};

/** @param file name in test/lab/ */
export function kindFor(file: string): HostKind {
  return OTHERS[file] ?? USUAL;
}

/** A guest for each scenario again: run by name alone. */
export const MUTATIONS = 'mutations.test.ts';

/** It keeps a journal, and goes on by that after a host's death. */
export const SUITE = 'suite.test.ts';

/** The files whose guests are many: several hosts share them ($RASVM_TEST_PART). */
export const SHARED: readonly string[] = [SUITE, MUTATIONS];

/** Those that take a minute or two: begun last, one would keep all waiting. */
export const LONG: readonly string[] = ['record-text.test.ts', 'hang.test.ts', 'operator.test.ts'];

const MINUTE = 60_000;

/** ms for a file: several times what it takes on two cores. */
export function limitOf(file: string): number {
  const everything = process.env.RASVM_TEST_FULL ?? process.env.RASVM_TEST_ALL_KERNELS;
  if (file === SUITE) return (everything ? 200 : 40) * MINUTE;
  return (file === MUTATIONS ? 110 : 12) * MINUTE;
}

/** How often the host may die while a file runs before that is the file's failure. */
export function deathsOf(file: string): number {
  return file === SUITE ? 5 : 2;
}
