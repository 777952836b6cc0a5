/** Values that steps gave, and the `${name.field}` by which later steps refer to them. */

import { closest } from 'fastest-levenshtein';
import { RasvmError } from '../../core/errors.ts';
import { type Page, sizeOfPage } from '../guest/victim.ts';

/** `${page.gpa}`, `${filler[7].va}`, `${page.gpa + 0x1000}` */
const REFERENCE = /\$\{([^}]*)\}/g;
const INSIDE = /^\s*([A-Za-z][\w-]*(?:\[\d+\])?)\.(\w+)\s*(?:([+-])\s*(0x[0-9a-fA-F]+|\d+)\s*)?$/;

/** What `${page.FIELD}` can be. */
export const PAGE_FIELDS = ['gpa', 'va', 'frame', 'lsb', 'hva', 'error'] as const;
type PageField = (typeof PAGE_FIELDS)[number];

/** What is known of a page that was poisoned. */
export interface Loss {
  /** The error's id, `${page.error}`; left out: the VMM tells none. */
  id?: number;
  hva?: number;
}

export interface Reference {
  /** `page` or `filler[7]` */
  name: string;
  field: string;
  offset: number;
}

/** @returns undefined for what is no reference */
function parse(inside: string): Reference | undefined {
  const [, name, field, sign, offset] = INSIDE.exec(inside) ?? [];
  if (name === undefined) return undefined;
  return { name, field: field!, offset: Number(offset ?? 0) * (sign === '-' ? -1 : 1) };
}

/** The references in a text; the text of one that is none of any shape is given to `onMistake`. */
export function referencesOf(text: string, onMistake: (text: string) => void): Reference[] {
  if (text.replaceAll(REFERENCE, '').includes('${')) onMistake(text);
  return [...text.matchAll(REFERENCE)].flatMap(([whole, inside]) => {
    const reference = parse(inside!);
    if (!reference) onMistake(whole);
    return reference ?? [];
  });
}

export class Values {
  readonly #pages = new Map<string, readonly Page[]>();
  readonly #losses = new Map<number, Loss>();
  readonly #answers = new Map<string, { text(word: string): string }>();

  name(name: string, pages: readonly Page[]): void {
    this.#pages.set(name, pages);
  }

  answer(name: string, answer: { text(word: string): string }): void {
    this.#answers.set(name, answer);
  }

  lose(page: Page, loss: Loss): void {
    this.#losses.set(page.gpa, loss);
  }

  lossOf(page: Page): Loss | undefined {
    return this.#losses.get(page.gpa);
  }

  /** Any page whose place in the host is known. */
  anyLoss(): { gpa: number; hva: number } | undefined {
    for (const [gpa, { hva }] of this.#losses) if (hva !== undefined) return { gpa, hva };
    return undefined;
  }

  /** `page`, `filler[7]`, or `filler` for all of them. @throws RasvmError FILE */
  pages(name: string): readonly Page[] {
    const [, base, index] = /^([^[]+)(?:\[(\d+)\])?$/.exec(name)!;
    const pages = this.#pages.get(base!);
    if (!pages) throw new RasvmError('FILE', `there is no page '${name}'${meant(base!, this.#pages.keys())}`);
    if (index === undefined) return pages;
    const page = pages[Number(index)];
    if (!page) throw new RasvmError('FILE', `there is no page '${name}': ${base} has ${pages.length}`);
    return [page];
  }

  /** Of one name or several, in their order. @throws RasvmError FILE */
  pagesOf(names: string | readonly string[]): Page[] {
    return [names].flat().flatMap((name) => this.pages(name));
  }

  /** @throws RasvmError FILE where the name stands for several */
  page(name: string): Page {
    const pages = this.pages(name);
    if (pages.length === 1) return pages[0]!;
    throw new RasvmError('FILE', `'${name}' are ${pages.length} pages: say which, as ${name}[0]`);
  }

  /** All references in texts, however deep, replaced; a text that is one reference becomes a number. */
  resolve<T>(value: T): T {
    if (typeof value === 'string') return this.#text(value) as T;
    if (Array.isArray(value)) return value.map((each) => this.resolve(each)) as T;
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.resolve(each)])) as T;
  }

  #text(text: string): string | number {
    const whole = /^\$\{([^}]*)\}$/.exec(text);
    if (whole) {
      const value = this.#value(parse(whole[1]!)!);
      return typeof value === 'string' && /^(0x[0-9a-f]+|\d+)$/i.test(value) ? Number(value) : value;
    }
    return text.replaceAll(REFERENCE, (_, inside: string) => {
      const reference = parse(inside)!;
      const value = this.#value(reference);
      return typeof value === 'number' && reference.field !== 'error'
        ? `0x${value.toString(16)}`
        : `${value}`;
    });
  }

  #value({ name, field, offset }: Reference): string | number {
    const answer = this.#answers.get(name);
    if (answer) return answer.text(field);
    return this.#field(this.page(name), name, field as PageField) + offset;
  }

  #field(page: Page, name: string, field: PageField): number {
    if (field === 'gpa' || field === 'va') return page[field];
    if (field === 'frame') return Math.floor(page.gpa / sizeOfPage(page));
    if (field === 'lsb') return Math.log2(sizeOfPage(page));
    const loss = this.lossOf(page);
    const value = field === 'error' ? loss?.id : loss?.hva;
    if (value === undefined)
      throw new RasvmError(
        'FILE',
        `'${name}' has no ${field}: ${loss ? 'the VMM does not tell it' : 'it was not poisoned yet'}`,
      );
    return value;
  }
}

/** `; did you mean 'page'?` */
export function meant(name: string, known: Iterable<string>): string {
  const names = [...known];
  return names.length > 0 ? `; did you mean '${closest(name, names)}'?` : '';
}
