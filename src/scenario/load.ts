/** Scenarios from files: read, and checked as far as can be without a guest. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { z } from 'zod';
import { RasvmError } from '../errors.ts';
import { readYaml } from '../input/yaml-file.ts';
import { findAbove } from './installation.ts';
import { type Action, actionOf, type Scenario, scenario } from './schema.ts';
import { type RecordDescription, recordBytes } from './told-record.ts';
import { meant, PAGE_FIELDS, referencesOf } from './values.ts';

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
export function filesOf(path: string): string[] {
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

type Report = (path: readonly PropertyKey[], message: string) => void;

/** Names that are used before they are given, at their place in the file. */
const checked = scenario.superRefine((value, context) => {
  const names = new NameCheck((path, message) =>
    context.addIssue({ code: 'custom', path: [...path], message }),
  );
  for (const [index, step] of value.steps.entries()) {
    const action = actionOf(step);
    names.step(action, ['steps', index, action.verb]);
  }
}) satisfies z.ZodType<Scenario>;

class NameCheck {
  readonly #pages = new Map<string, number>();
  readonly #victims = new Set<string>();
  readonly #answers = new Set<string>();
  readonly #marks = new Set<string>();
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  step(action: Action, path: readonly PropertyKey[]): void {
    this.#references(action.what, path);
    switch (action.verb) {
      case 'allocate': {
        const { page, pages = [page!], count, victim } = action.what;
        for (const name of pages) this.#give(name, count ?? 1, path);
        this.#victims.add(victim ?? pages[0]!);
        break;
      }
      case 'pick':
        this.#usePages([action.what.from], [...path, 'from']);
        this.#give(action.what.page, 1, path);
        break;
      case 'poison':
      case 'touch':
        this.#usePages([action.what.page].flat(), [...path, 'page']);
        break;
      case 'burst':
      case 'race':
        this.#usePages([action.what.pages].flat(), [...path, 'pages']);
        break;
      case 'mcekill':
      case 'pin':
        this.#use(this.#victims, action.what.victim, 'victim', [...path, 'victim']);
        break;
      case 'inject':
        if (action.what.record) this.#record(action.what.record, [...path, 'record']);
        break;
      case 'command':
        if (action.what.as !== undefined) this.#answers.add(action.what.as);
        break;
      case 'mark':
        this.#marks.add(action.what);
        break;
      case 'expect': {
        const { since, told, signalled, ...rest } = action.what;
        if (since !== undefined) this.#use(this.#marks, since, 'mark', [...path, 'since']);
        for (const member of ['reported', 'recovered', 'notSignalled'] as const)
          this.#usePages([rest[member] ?? []].flat(), [...path, member]);
        this.#usePages(
          [told ?? []].flat().map(({ page }) => page),
          [...path, 'told'],
        );
        this.#usePages(
          [signalled ?? []].flat().map(({ page }) => page),
          [...path, 'signalled'],
        );
        break;
      }
    }
  }

  #give(name: string, count: number, path: readonly PropertyKey[]): void {
    if (this.#pages.has(name)) this.#report(path, `the name '${name}' is taken by a step before`);
    this.#pages.set(name, count);
  }

  #usePages(names: readonly string[], path: readonly PropertyKey[]): void {
    for (const name of names) {
      const [, base, index] = /^([^[]+)(?:\[(\d+)\])?$/.exec(name)!;
      this.#use(this.#pages, base!, 'page', path);
      const count = this.#pages.get(base!) ?? Number.POSITIVE_INFINITY;
      if (Number(index ?? 0) >= count) this.#report(path, `there is no '${name}': ${base} has ${count}`);
    }
  }

  #use(
    known: ReadonlySet<string> | ReadonlyMap<string, unknown>,
    name: string,
    kind: string,
    path: readonly PropertyKey[],
  ) {
    if (!known.has(name))
      this.#report(path, `no step before gives a ${kind} '${name}'${meant(name, known.keys())}`);
  }

  /** Whether the library can make it, whatever values its references will have. */
  #record(record: RecordDescription, path: readonly PropertyKey[]): void {
    try {
      recordBytes(withoutReferences(record));
    } catch (error) {
      if (!(error instanceof RasvmError)) throw error;
      this.#report(path, error.message.replace(/^the record: /, ''));
    }
  }

  #references(value: unknown, path: readonly PropertyKey[]): void {
    if (typeof value === 'object' && value !== null) {
      for (const [key, each] of Object.entries(value))
        this.#references(each, [...path, Array.isArray(value) ? Number(key) : key]);
    }
    if (typeof value !== 'string') return;
    const mistake = (text: string) =>
      this.#report(path, `'${text}' is no reference, such as \${page.gpa} or \${page.gpa + 0x1000}`);
    for (const { name, field } of referencesOf(value, mistake)) {
      if (this.#answers.has(name)) continue;
      this.#usePages([name], path);
      if (!PAGE_FIELDS.some((each) => each === field))
        this.#report(path, `'${field}' is nothing of a page; there is ${PAGE_FIELDS.join(', ')}`);
    }
  }
}

/** References are addresses: any one will do. */
function withoutReferences<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, each) =>
    typeof each === 'string' && each.includes('${') ? 0 : each,
  );
}
