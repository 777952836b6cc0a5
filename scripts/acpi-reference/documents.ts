/** The documents that are made from the declarations. */

import {
  AnyTable,
  DataEntryHeader,
  ErrorStatusBlock,
  HEADER_SIZE,
  Rsdp,
  SECTIONS,
  type Struct,
  TABLES,
  Union,
} from '@rasvm/acpi';
import { Layouts } from './layouts.ts';

type AnyStruct = Struct<Readonly<Record<string, never>>>;

export interface Document {
  /** In the checkout. */
  readonly path: string;
  readonly text: string;
}

const MADE = '<!-- Made from the declarations in acpi/ by `npm run reference`; a test holds it. -->';

const READING = `Everything is little endian. Offsets and sizes are in bytes. *Worked out*: the encoder sets it, and it need not be
given. *Validation bit*: giving the member sets the bit. Members that are marked with a length are there only in
structures that are at least so long.`;

export function documents(): Document[] {
  return [
    { path: 'docs/reference/acpi-tables.md', text: tablesDocument() },
    { path: 'docs/reference/cper.md', text: recordsDocument() },
  ];
}

function tablesDocument(): string {
  const layouts = new Layouts();
  const tables = Object.entries(TABLES).flatMap(([signature, table]): [string, AnyStruct][] =>
    (table instanceof Union ? Object.values(table.variants) : [table]).map((each) => [
      signature,
      each as never,
    ]),
  );
  const sorted = tables.sort(([a], [b]) => (a < b ? -1 : 1));
  return page(
    'ACPI tables',
    `Every table that \`rasvm acpi\` and \`@rasvm/acpi\` encode and decode, by its signature; ${Object.keys(TABLES).length} of them.`,
    [
      layouts.section(2, 'RSDP: Root System Description Pointer', Rsdp as never),
      layouts.section(2, 'The header of every table', AnyTable as never),
      ...sorted.map(([signature, table]) =>
        layouts.section(2, `${signature}: ${table.title}`, table, HEADER_SIZE),
      ),
    ],
  );
}

function recordsDocument(): string {
  const layouts = new Layouts();
  const containers: [string, AnyStruct][] = [
    ['Generic error status block', ErrorStatusBlock.block as never],
    ['Generic error data entry', DataEntryHeader as never],
  ];
  const types = Object.entries(SECTIONS as Readonly<Record<string, { sectionType: string; codec: unknown }>>);
  return page(
    'CPER records',
    'What error records are made of, and every section that is understood, by its kind.',
    [
      ...containers.map(([heading, layout]) => layouts.section(2, heading, layout)),
      ...types.map(([kind, { sectionType, codec }]) => {
        const text = layouts.section(2, `${kind}: ${(codec as AnyStruct).title}`, codec as AnyStruct);
        return text.replace('\n', `\n\nSection type \`${sectionType}\`.\n`);
      }),
    ],
  );
}

function page(title: string, about: string, sections: readonly string[]): string {
  return `${[MADE, `# ${title}`, about, READING, ...sections].join('\n\n')}\n`;
}
