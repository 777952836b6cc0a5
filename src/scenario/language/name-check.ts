/** Names that a scenario's steps give and use: one that is used before it is given is told at its place. */

import { meant, PAGE_FIELDS, referencesOf } from './values.ts';

type Path = readonly PropertyKey[];

export class NameCheck {
  readonly #pages = new Map<string, number>();
  readonly #victims = new Set<string>();
  readonly #answers = new Set<string>();
  readonly #marks = new Set<string>();
  readonly #report: (path: Path, message: string) => void;
  /** Of what is checked now. */
  #path: Path = [];

  constructor(report: (path: Path, message: string) => void) {
    this.#report = report;
  }

  /** Goes on with what stands at this path, and checks its references. */
  at(path: Path, value: unknown): void {
    this.#path = path;
    this.#references(value, path);
  }

  /** @param member where it stands in the step; left out: the step itself */
  report(message: string, ...member: PropertyKey[]): void {
    this.#report([...this.#path, ...member], message);
  }

  givePage(name: string, count = 1): void {
    if (this.#pages.has(name)) this.report(`the name '${name}' is taken by a step before`);
    this.#pages.set(name, count);
  }

  giveVictim(name: string): void {
    this.#victims.add(name);
  }

  giveAnswer(name: string): void {
    this.#answers.add(name);
  }

  giveMark(name: string): void {
    this.#marks.add(name);
  }

  usePages(names: string | readonly string[], member: string): void {
    this.#usePages([names].flat(), [...this.#path, member]);
  }

  /** @param member left out: the step itself is the name */
  useVictim(name: string, ...member: PropertyKey[]): void {
    this.#use(this.#victims, name, 'victim', [...this.#path, ...member]);
  }

  useMark(name: string, member: string): void {
    this.#use(this.#marks, name, 'mark', [...this.#path, member]);
  }

  #usePages(names: readonly string[], path: Path): void {
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
    path: Path,
  ): void {
    if (!known.has(name))
      this.#report(path, `no step before gives a ${kind} '${name}'${meant(name, known.keys())}`);
  }

  #references(value: unknown, path: Path): void {
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
