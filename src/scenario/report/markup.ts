/** HTML that escapes by itself: in html`...` every value is text, unless it is HTML already. */

import { visible } from './text.ts';

/** A piece of HTML. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = string | number | Html | undefined | readonly Value[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Values stand in text or in quoted attributes. Undefined is nothing; the members of a list follow one
 * another.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(String.raw({ raw: parts }, ...values.map(markup)));
}

function markup(value: Value): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(markup).join('');
  return visible(String(value)).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** Several, with something between. */
export function joined(values: readonly Value[], between: Value): Html {
  return new Html(values.map(markup).join(markup(between)));
}
