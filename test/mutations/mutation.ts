/**
 * Mutations: a scenario from which what it tests is taken away, and the claim that must fail then.
 * mutations.yaml has them.
 */

import { z } from 'zod';
import { object, readYaml } from '../../src/input/yaml-file.ts';
import type { LoadedScenario } from '../../src/scenario/language/load.ts';
import { isMatch } from '../../src/scenario/language/matcher.ts';
import { type MachineRequest, machine } from '../../src/scenario/language/schema.ts';
import { isLike } from '../../src/scenario/run/plan.ts';
import type { CaseResult } from '../../src/scenario/run/result.ts';

const list = z.array(
  object({
    take: z.string().min(1).describe('What is taken away'),
    machine: machine.optional().describe("Stronger than the scenario's; `append` is added to it"),
    leaveOut: z
      .string()
      .regex(/^\w+(\[\d+\])?(\.\w+)*$/)
      .optional()
      .describe(
        'Steps of a verb, one of them (`mcekill[1]`), a member of them (`inject.record.flags`), or `machine.MEMBER`',
      ),
    cause: z.string().optional().describe('Code of the cause that must be told'),
    fails: z
      .record(z.string(), z.string().min(1))
      .describe('By id of a scenario (* is any text): a part of what fails first, or an expression'),
  }).refine(
    (given) => (given.machine === undefined) !== (given.leaveOut === undefined),
    'takes nothing away: give machine or leaveOut',
  ),
);

export interface Mutation {
  take: string;
  /** What becomes of the scenario. */
  scenario: LoadedScenario;
  machine: MachineRequest;
  fails: string;
  cause?: string | undefined;
}

/**
 * @param text of mutations.yaml
 * @returns a mutation for each scenario that an entry names. @throws RasvmError FILE, RangeError where an
 * entry is about nothing
 */
export function mutationsOf(text: string, scenarios: readonly LoadedScenario[]): Mutation[] {
  return readYaml('mutations.yaml', text, list).flatMap(
    ({ take, machine: request = {}, leaveOut, cause, fails }) =>
      Object.entries(fails).flatMap(([glob, claim]) => {
        const found = scenarios.filter(({ id }) => isLike(id, glob));
        if (found.length === 0) throw new RangeError(`${take}: no scenario is like ${glob}`);
        return found.map((scenario) => ({
          take,
          scenario: leaveOut === undefined ? scenario : without(scenario, leaveOut),
          machine: request,
          fails: claim,
          cause,
        }));
      }),
  );
}

/** @throws RangeError where there is no such thing to leave out */
function without(scenario: LoadedScenario, path: string): LoadedScenario {
  const copy = structuredClone(scenario);
  const [, head, index, rest] = /^(\w+)(?:\[(\d+)\])?(?:\.(.*))?$/.exec(path)!;
  const members = rest?.split('.') ?? [];
  const steps = copy.steps.filter((step) => head! in step);
  const meant = index === undefined ? steps : steps.slice(Number(index), Number(index) + 1);
  let taken = 0;
  if (head === 'machine') taken += Number(remove(copy, [head, ...members]));
  else if (members.length > 0) for (const step of meant) taken += Number(remove(step, [head!, ...members]));
  else {
    copy.steps = copy.steps.filter((step) => !meant.includes(step));
    taken = meant.length;
  }
  if (taken === 0) throw new RangeError(`${scenario.id}: there is no ${path} to leave out`);
  return copy;
}

function remove(from: object, [name, ...more]: readonly string[]): boolean {
  const at = from as Record<string, unknown>;
  if (!Object.hasOwn(at, name!)) return false;
  if (more.length === 0) return delete at[name!];
  return typeof at[name!] === 'object' && at[name!] !== null && remove(at[name!] as object, more);
}

/** What is not as the mutation says; undefined: it failed as it must. */
export function judgeMutation({ fails, cause }: Mutation, result: CaseResult): string | undefined {
  if (result.outcome === 'passed') return 'it passed';
  if (result.outcome !== 'failed' && result.outcome !== 'broken')
    return `${result.outcome}: ${result.reason}`;
  const claims = result.checks.filter(({ proved }) => !proved).map(({ claim }) => claim);
  const failed = claims.length > 0 ? claims : [result.reason ?? ''];
  if (!failed.some((claim) => isMatch(claim, fails)))
    return `what failed is not '${fails}' but '${failed.join("', '")}'`;
  if (cause !== undefined && result.cause?.code !== cause)
    return `the cause is told as ${result.cause?.code ?? 'none'}, not as ${cause}`;
  return undefined;
}
