/** What `rasvm cper make SECTION --help` says of the section's fields: made from its declaration. */

import { SECTIONS } from '@rasvm/acpi';
import type { Command } from 'commander';
import { type FieldOption, kebab, optionsOf } from './cper-fields.ts';
import { sectionKind, sectionNames } from './cper-sections.ts';

/** Columns of help. */
const WIDTH = 100;
const INDENT = 6;

/** What help says behind the options: the fields of the section that is named, if one is. */
export function fieldsHelp(command: Command): string {
  const [name] = command.args;
  if (name === undefined || name.startsWith('-'))
    return `\nFields of a section: rasvm cper make SECTION --help\nSections: ${sectionNames().join(', ')}`;
  const kind = sectionKind(name);
  const taken = new Set(command.options.map(({ long }) => long?.slice(2)));
  const { codec } = SECTIONS[kind];
  const lines = optionsOf(codec as never).map((option) =>
    fieldText(taken.has(option.name) ? { ...option, name: `section.${option.name}` } : option),
  );
  return `\nFields of ${kebab(kind)} (${codec.source}):\n${lines.join('\n')}`;
}

function fieldText({ name, value, meaning, names }: FieldOption): string {
  const values = Object.entries(names ?? {}).map(([each, number]) => `${each} (${number})`);
  const text = [meaning, values.join(', ')].filter((part) => part !== '').join(': ');
  return `  --${name}${value === '' ? '' : ` ${value}`}${wrap(text)}`;
}

function wrap(text: string): string {
  let lines = '';
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && INDENT + line.length + 1 + word.length > WIDTH) {
      lines += `\n${' '.repeat(INDENT)}${line}`;
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : `${lines}\n${' '.repeat(INDENT)}${line}`;
}
