/** Scenarios from files: read, and checked as far as can be without a guest. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { z } from 'zod';
import { RasvmError } from '../../core/errors.ts';
import { readYaml } from '../../input/yaml-file.ts';
import { findAbove } from '../installation.ts';
import { NameCheck } from './name-check.ts';
import { actionOf, type Scenario, scenario } from './schema.ts';
import { VERBS } from './verbs/index.ts';
import type { Verb } from './verbs/verb.ts';

export interface LoadedScenario extends Scenario {
  /** The file that it is from. */
  path: string;
}

/** Where a bundle carries the scenarios that rasvm ships, under the bundle's root. */
export const SHIPPED_SUITE = join('share', 'scenarios');

/** @param name of the file, for messages. @throws RasvmError FILE with line and column of each fault */
export function readScenario(name: string, text: string): Scenario {
  return readYaml(name, text, checked);
}

/**
 * @param paths of scenarios and of directories of them; none: those that rasvm ships
 * @throws RasvmError FILE with the faults of all files
 */
export function loadScenarios(paths: readonly string[]): LoadedScenario[] {
  const files = paths.length === 0 ? filesOf(suiteDirectory()) : paths.flatMap(filesOf);
  const faults: string[] = [];
  const scenarios = files.flatMap((path) => {
    try {
      return [{ ...readScenario(path, readFileSync(path, 'utf8')), path }];
    } catch (error) {
      if (!(error instanceof RasvmError)) throw error;
      faults.push(error.message, ...error.more);
      return [];
    }
  });
  const first = new Map<string, string>();
  for (const { id, path } of scenarios) {
    if (first.has(id)) faults.push(`${path}: the id ${id} is taken by ${first.get(id)}`);
    first.set(id, path);
  }
  const [fault, ...more] = faults;
  if (fault !== undefined) throw new RasvmError('FILE', fault, { more });
  return scenarios;
}

function suiteDirectory(): string {
  const found = findAbove(SHIPPED_SUITE) ?? findAbove(join('src', 'scenario', 'suite'));
  if (found) return found;
  throw new RasvmError('FILE', `${SHIPPED_SUITE} is missing: make the bundle again`);
}

/** @throws RasvmError FILE */
function filesOf(path: string): string[] {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status)
    throw new RasvmError('FILE', `${path} is missing: give a scenario, or a directory of scenarios`);
  if (!status.isDirectory()) return [path];
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(path, name));
  if (files.length === 0) throw new RasvmError('FILE', `${path} holds no scenario: their names end in .yaml`);
  return files;
}

/** The bytes of a file that a scenario names: it stands beside the scenario. @throws RasvmError FILE */
export function readBeside({ path }: LoadedScenario, file: string): Uint8Array {
  try {
    return readFileSync(join(dirname(path), file));
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'is missing' : String(cause);
    throw new RasvmError('FILE', `${basename(path)}: the file ${file} ${why}`, { cause });
  }
}

/** Names that are used before they are given, at their place in the file. */
const checked = scenario.superRefine((value, context) => {
  const names = new NameCheck((path, message) =>
    context.addIssue({ code: 'custom', path: [...path], message }),
  );
  for (const [index, step] of value.steps.entries()) {
    const { verb, what } = actionOf(step);
    names.at(['steps', index, verb], what);
    // What is no verb has been told of already.
    (VERBS[verb] as Verb | undefined)?.names?.(what, names);
  }
}) satisfies z.ZodType<Scenario>;
