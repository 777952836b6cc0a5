/** XML 1.0, written. */

import { visible } from './text.ts';

/** A piece of XML. */
export type Xml = { readonly xml: string };

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
};

function escaped(text: string, which: RegExp): string {
  return visible(text).replace(which, (character) => ENTITIES[character]!);
}

/** Lines of text; characters that XML does not allow stand as `\x1b`. */
export function text(content: string): Xml {
  return {
    xml: content
      .split('\n')
      .map((line) => escaped(line, /[&<>]/g))
      .join('\n'),
  };
}

/**
 * An element; attributes that are undefined are left out. Elements stand on lines of their own, text does
 * not.
 */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  children: readonly Xml[] = [],
): Xml {
  const words = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${escaped(String(value), /[&<>"\t]/g)}"`],
  );
  const content = children.map(({ xml }) => xml).join('');
  return { xml: `<${name}${words.join('')}${content === '' ? '/>' : `>${content}</${name}>`}\n` };
}

export function document(root: Xml): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root.xml}`;
}
