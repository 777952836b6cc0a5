/** Which cases a run has: scenarios, kernels, VMMs and variants, each with each. */

import { closeSync, openSync, readSync } from 'node:fs';
import type { LoadedScenario } from '../language/load.ts';
import { DEFAULT_VMM, type VmmName } from '../vmm/names.ts';
import type { Case, CaseKernel, Variant } from './case.ts';
import { unmetByGuest } from './conditions.ts';
import type { NotAsked } from './result.ts';

export interface Plan {
  scenarios: readonly LoadedScenario[];
  kernels: readonly CaseKernel[];
  variants?: readonly Variant[];
  vmms?: readonly VmmName[] | undefined;
  /** Only cases that one of these is about; left out: all. */
  only?: readonly Selector[] | undefined;
  /** Not those that one of these is about. */
  exclude?: readonly Selector[] | undefined;
  /** Of scenarios' ids, as {@link passes} has it. */
  filter?: string | undefined;
  /** Scenarios that judge the VMM run on each kernel too; left out: each on one. */
  allKernels?: boolean | undefined;
  /** How often each case runs. */
  repeat?: number;
}

export interface Planned {
  /** Scenario by scenario, so that the kernels of one are beside each other. */
  cases: Case[];
  /** What was left out as its scenario judges the VMM and runs on another kernel. */
  notAsked: NotAsked[];
}

/** A case, whichever repetition it is. */
type Unnumbered = Omit<Case, 'id'>;

/** Cases, by what is given of them: globs as in a filter, of the scenario's id and of names. */
export interface Selector {
  scenario?: string | undefined;
  kernel?: string | undefined;
  variant?: string | undefined;
}

/** The machine as the scenario asks for it. */
export const DEFAULT_VARIANT: Variant = { name: 'default', machine: {} };

export function plan({
  scenarios,
  kernels,
  variants = [DEFAULT_VARIANT],
  vmms = [DEFAULT_VMM],
  only,
  exclude,
  filter = '*',
  allKernels = false,
  repeat = 1,
}: Plan): Planned {
  const chosen = scenarios.filter(({ id }) => passes(id, filter));
  const all = chosen.flatMap((scenario) =>
    kernels.flatMap((kernel) =>
      vmms.flatMap((vmm) =>
        variants.map(
          (variant): Unnumbered => ({ scenario, kernel, variant, ...(vmm !== DEFAULT_VMM && { vmm }) }),
        ),
      ),
    ),
  );
  const wanted = all
    .filter((each) => only?.some((selector) => isAbout(selector, each)) ?? true)
    .filter((each) => !exclude?.some((selector) => isAbout(selector, each)));
  const { asked, notAsked } = allKernels ? { asked: wanted, notAsked: [] } : onOneKernel(wanted);
  const cases = asked.flatMap((each) =>
    Array.from({ length: repeat }, (_, i) => ({ id: caseId(each, i), ...each })),
  );
  return { cases, notAsked };
}

/**
 * What judges the VMM is left on the first kernel that it is about, as far as that is known before a guest
 * runs.
 */
function onOneKernel(all: readonly Unnumbered[]): { asked: Unnumbered[]; notAsked: NotAsked[] } {
  const place = ({ scenario, vmm, variant }: Unnumbered) => JSON.stringify([scenario.id, vmm, variant.name]);
  const isKnownNotToFit = ({ scenario, kernel }: Unnumbered) =>
    unmetByGuest(scenario.when, { kernel: kernel.release, config: kernel.config }) !== undefined;
  const chosen = new Map<string, Unnumbered>();
  for (const each of all) {
    const before = chosen.get(place(each));
    if (before === undefined || (isKnownNotToFit(before) && !isKnownNotToFit(each)))
      chosen.set(place(each), each);
  }
  const asked: Unnumbered[] = [];
  const notAsked: NotAsked[] = [];
  for (const each of all) {
    const { scenario, kernel, variant, vmm } = each;
    const one = chosen.get(place(each))!;
    if (scenario.judges !== 'vmm' || one === each) asked.push(each);
    else
      notAsked.push({
        scenario: scenario.id,
        kernel: { name: kernel.name },
        variant: variant.name,
        ...(vmm && { vmm }),
        instead: one.kernel.name,
      });
  }
  return { asked, notAsked };
}

function isAbout({ scenario, kernel, variant }: Selector, each: Unnumbered): boolean {
  return (
    (scenario === undefined || isLike(each.scenario.id, scenario)) &&
    (kernel === undefined || isLike(each.kernel.name, kernel)) &&
    (variant === undefined || isLike(each.variant.name, variant))
  );
}

/** `late-anon-read@debian:6.12/qemu+shared#2` */
function caseId({ scenario, kernel, variant, vmm }: Unnumbered, repetition: number): string {
  const where = vmm === undefined ? '' : `/${vmm}`;
  const how = variant.name === DEFAULT_VARIANT.name ? '' : `+${variant.name}`;
  return `${scenario.id}@${kernel.name}${where}${how}${repetition === 0 ? '' : `#${repetition + 1}`}`;
}

/**
 * Whether a filter leaves a text: one of its globs is like it, or it has none; and none of those behind a `!`
 * is.
 * @param filter globs with commas between
 */
function passes(text: string, filter: string): boolean {
  const globs = filter.split(',').map((glob) => glob.trim());
  const wanted = globs.filter((glob) => !glob.startsWith('!'));
  const unwanted = globs.filter((glob) => glob.startsWith('!')).map((glob) => glob.slice(1));
  const isIn = (among: readonly string[]) => among.some((glob) => isLike(text, glob));
  return (wanted.length === 0 || isIn(wanted)) && !isIn(unwanted);
}

/** @param globs `*` is any text, `?` one character; several with commas between */
export function isLike(text: string, globs: string): boolean {
  return globs.split(',').some((glob) => globOf(glob).test(text));
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
