/** The kinds of host that lab tests are about, and how long what runs there may take. */

import { DEFAULT_CPU, type LabOptions } from '../../src/lab/options.ts';

export interface HostKind {
  readonly name: string;
  readonly lab: Partial<LabOptions>;
  /** @param file name of a bundled test */
  takes(file: string): boolean;
}

const NO_RAS = 'no-ras-extension.test.mjs';
const PMU = 'pmu.test.mjs';

export const HOSTS: readonly HostKind[] = [
  {
    name: 'a host with the RAS extension',
    lab: { cpu: DEFAULT_CPU },
    takes: (file) => file !== NO_RAS && file !== PMU,
  },
  { name: 'a host without the RAS extension', lab: { cpu: 'cortex-a57' }, takes: (file) => file === NO_RAS },
  { name: 'a host with a PMU', lab: { cpu: DEFAULT_CPU, pmu: true }, takes: (file) => file === PMU },
];

/** A guest for each scenario again: run by name alone. */
export const MUTATIONS = 'mutations.test.ts';

/** It keeps a journal, and goes on by that after a host's death. */
export const SUITE = 'suite.test.mjs';

const MINUTE = 60_000;

/** ms for a file: several times what it takes on two cores. */
export function limitOf(file: string): number {
  const everything = process.env.RASVM_TEST_FULL ?? process.env.RASVM_TEST_ALL_KERNELS;
  if (file === SUITE) return (everything ? 200 : 40) * MINUTE;
  return (file.startsWith('mutations.') ? 110 : 12) * MINUTE;
}

/** How often the host may die while a file runs before that is the file's failure. */
export function deathsOf(file: string): number {
  return file === SUITE ? 5 : 2;
}
