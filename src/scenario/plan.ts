/** Which cases a run has: scenarios, kernels and variants, each with each. */

import { closeSync, openSync, readSync } from 'node:fs';
import type { Case, CaseKernel, Variant } from './case.ts';
import type { LoadedScenario } from './load.ts';

export interface Plan {
  scenarios: readonly LoadedScenario[];
  kernels: readonly CaseKernel[];
  variants?: readonly Variant[];
  /** Of scenarios' ids: `*` is any text, `?` one character, a comma is between several. */
  filter?: string | undefined;
  /** How often each case runs. */
  repeat?: number;
}

const DEFAULT_VARIANT: Variant = { name: 'default', machine: {} };

/** Scenario by scenario, so that the kernels of one are beside each other. */
export function plan({ scenarios, kernels, variants = [DEFAULT_VARIANT], filter, repeat = 1 }: Plan): Case[] {
  const globs = filter?.split(',').map(globOf);
  const chosen = scenarios.filter(({ id }) => globs?.some((glob) => glob.test(id)) ?? true);
  return chosen.flatMap((scenario) =>
    kernels.flatMap((kernel) =>
      variants.flatMap((variant) =>
        Array.from({ length: repeat }, (_, i) => ({
          id: caseId(scenario.id, kernel, variant, i),
          scenario,
          kernel,
          variant,
        })),
      ),
    ),
  );
}

/** `late-anon-read@debian:6.12+shared#2` */
function caseId(scenario: string, kernel: CaseKernel, variant: Variant, repetition: number): string {
  const how = variant === DEFAULT_VARIANT ? '' : `+${variant.name}`;
  return `${scenario}@${kernel.name}${how}${repetition === 0 ? '' : `#${repetition + 1}`}`;
}

function globOf(glob: string): RegExp {
  const source = glob
    .trim()
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`);
}

const BANNER = /Linux version (\d+\.\d+\S*) /;
const CHUNK = 1 << 20;

/** What a kernel calls itself, from its Image; undefined where the Image is compressed. */
export function releaseOf(image: string): string | undefined {
  const fd = openSync(image, 'r');
  try {
    const buffer = Buffer.alloc(CHUNK + 256);
    for (let at = 0; ; at += CHUNK) {
      const length = readSync(fd, buffer, 0, buffer.length, at);
      if (length === 0) return undefined;
      const found = BANNER.exec(buffer.toString('latin1', 0, length))?.[1];
      if (found !== undefined) return found;
    }
  } finally {
    closeSync(fd);
  }
}
