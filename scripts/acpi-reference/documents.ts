/** The documents that are made from the declarations. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AnyTable,
  DataEntryHeader,
  EinjBlock,
  EinjTrigger,
  EinjVendorExtension,
  ErrorStatusBlock,
  ErstBlock,
  ExecuteTimings,
  FINDINGS,
  type FindingKind,
  HEADER_SIZE,
  hardwareErrorsLayout,
  Ras2SharedMemory,
  RasfSharedMemory,
  RecordHeader,
  RecordNotification,
  Rsdp,
  type RuleSet,
  SECTIONS,
  SectionDescriptor,
  SetErrorTypeWithAddress,
  SetErrorTypeWithAddressV2,
  TABLES,
  Union,
} from '@rasvm/acpi';
import { type AnyStruct, Layouts } from './layouts.ts';
import { code, link, rowsOf, wrapped } from './markdown.ts';

export interface Document {
  /** In the checkout. */
  readonly path: string;
  readonly text: string;
  /** The structures that it tells of. */
  readonly layouts?: Layouts;
}

const TABLES_PATH = '../docs/reference/acpi-tables.md';
const RECORDS_PATH = '../docs/reference/cper.md';

const MADE = '<!-- Made from the declarations in acpi/ by `npm run reference`; a test holds it. -->';

const READING = `Everything is little endian. Offsets and sizes are in bytes. An offset that is a member's name: that
member says where it begins, from the start of the structure. *Worked out*: the encoder sets it, and it need not be
given. *Validation bit*: giving the member sets the bit. *From a length*: the member is there only in structures that are
at least so long. Of structures that are told apart by their kind, one that is not known is kept byte by byte, as
\`{ kind: 'unknown', data }\`.`;

export function documents(): Document[] {
  return [tablesDocument(), recordsDocument(), findingsDocument(), readme()];
}

/** Structures in memory that tables name. */
const IN_MEMORY: readonly [string, AnyStruct][] = Object.entries({
  'EINJ: what SET_ERROR_TYPE_WITH_ADDRESS names': SetErrorTypeWithAddress,
  'EINJ: the same with EINJv2': SetErrorTypeWithAddressV2,
  'EINJ: vendor error type extension': EinjVendorExtension,
  'EINJ: trigger error action table': EinjTrigger,
  'EINJ: registers in memory': EinjBlock,
  'ERST: timings of EXECUTE_OPERATION': ExecuteTimings,
  'ERST: registers in memory': ErstBlock,
  'RAS2: shared memory of a channel': Ras2SharedMemory,
  'RASF: shared memory of a channel': RasfSharedMemory,
  'HEST: hardware_errors, as QEMU has it, of one source': hardwareErrorsLayout(1),
}) as never;

/** Tables with their headings, by signature; one that has several forms is there once for each. */
function tablesInOrder(): { heading: string; signature: string; table: AnyStruct }[] {
  return Object.entries(TABLES)
    .flatMap(([signature, table]): [string, AnyStruct][] =>
      (table instanceof Union ? Object.values(table.variants) : [table]).map((each) => [
        signature,
        each as never,
      ]),
    )
    .sort(([a], [b]) => (a < b ? -1 : Number(a > b)))
    .map(([signature, table]) => ({ heading: `${signature}: ${table.title}`, signature, table }));
}

function sectionsInOrder(): { heading: string; kind: string; sectionType: string; codec: AnyStruct }[] {
  const types = Object.entries(SECTIONS as Readonly<Record<string, { sectionType: string; codec: unknown }>>);
  return types.map(([kind, { sectionType, codec }]) => ({
    kind,
    sectionType,
    codec: codec as AnyStruct,
    heading: `${kind}: ${(codec as AnyStruct).title}`,
  }));
}

function tablesDocument(): Document {
  const layouts = new Layouts();
  const tables = tablesInOrder();
  const contents = tables.map(({ heading, signature, table }) => [
    link(signature, heading),
    table.title,
    table.source,
  ]);
  const text = page(
    'ACPI tables',
    `Every table that \`rasvm acpi\` and \`@rasvm/acpi\` encode and decode, by its signature; ${Object.keys(TABLES).length} of
them and the RSDP. Tables of AML (DSDT, SSDT) have their header here and a body of bytes.`,
    [
      rowsOf(['Signature', 'Table', 'Source'], contents),
      READING,
      layouts.section(2, `RSDP: ${Rsdp.title}`, Rsdp as never),
      layouts.section(2, 'The header of every table', AnyTable as never),
      ...tables.map(({ heading, table }) => layouts.section(2, heading, table, { from: HEADER_SIZE })),
      '## In memory',
      'What stands in memory that a table names.',
      ...IN_MEMORY.map(([heading, layout]) => layouts.section(3, heading, layout)),
    ],
  );
  return { path: 'docs/reference/acpi-tables.md', text, layouts };
}

function recordsDocument(): Document {
  const layouts = new Layouts();
  const { element } = ErrorStatusBlock.block.field('entries').codec as unknown as { element: unknown };
  layouts.alias(element, DataEntryHeader.name);
  const sections = sectionsInOrder();
  const contents = sections.map(({ kind, sectionType, codec, heading }) => [
    link(kind, heading),
    codec.title,
    code(sectionType),
    codec.source,
  ]);
  const notifications = Object.entries(RecordNotification).map(([name, guid]) => [code(name), code(guid)]);
  const text = page(
    'CPER records',
    'What error records are made of, and every section that is understood, by its kind.',
    [
      rowsOf(['Kind', 'Section', 'Section type', 'Source'], contents),
      `A section of any other type is kept byte by byte, as \`{ kind: 'unknown', sectionType, data }\`.`,
      READING,
      layouts.section(2, ErrorStatusBlock.name, ErrorStatusBlock.block as never, {
        about:
          'What firmware gives a running system: this header, then data entries. `blockStatus` is worked out.',
      }),
      layouts.section(2, DataEntryHeader.name, DataEntryHeader as never, {
        about: 'Stands before each section of a block. Type and length follow from the section.',
      }),
      layouts.section(2, RecordHeader.name, RecordHeader as never, {
        about: `What ERST and pstore keep is a record: this header, a descriptor for each section, then the sections.
Count and length follow from them.`,
      }),
      '### Notification types',
      rowsOf(['Name in `RecordNotification`', 'GUID'], notifications),
      layouts.section(2, SectionDescriptor.name, SectionDescriptor as never, {
        about: 'One for each section of a record. Offset, length and type follow from the section.',
      }),
      ...sections.map(({ heading, codec, sectionType }) =>
        layouts.section(2, heading, codec, { about: `Section type ${code(sectionType)}.` }),
      ),
    ],
  );
  return { path: 'docs/reference/cper.md', text, layouts };
}

/** The package's README, in which two lists are made. */
function readme(): Document {
  const path = 'acpi/README.md';
  const text = readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
  const tables = new Map(
    tablesInOrder().map(({ signature, heading }) => [signature, link(signature, heading, TABLES_PATH)]),
  );
  const sections = sectionsInOrder().map(({ kind, heading }) => link(kind, heading, RECORDS_PATH));
  const lists = [
    `**${tables.size} tables**, the RSDP beside them: ${[...tables.values()].join(', ')}; any other by its header.`,
    `**${sections.length} sections** of records and error status blocks: ${sections.join(', ')}; any other byte by byte.`,
    '**AML**: an encoder. **Checks**, each [finding](../docs/reference/findings.md) with a code of its own.',
  ];
  const made = `$1\n\n${lists.map(wrapped).join('\n\n')}\n\n$2`;
  return { path, text: text.replace(/(<!-- made by .*? -->)[\s\S]*?(<!-- end -->)/, made) };
}

const RULES: Readonly<Record<RuleSet, string>> = {
  specification: 'By the specification',
  linux: 'By what Linux does on arm64',
  effect: 'What a record does to a guest',
};

function findingsDocument(): Document {
  const all: readonly FindingKind[] = Object.values(FINDINGS);
  const sections = Object.entries(RULES).flatMap(([rules, title]) => {
    const own = all.filter((kind) => kind.rules === rules);
    const rows = own.map(({ code: name, severity, meaning, source, kernels = '' }) => [
      code(name),
      severity,
      meaning,
      source,
      ...(rules === 'specification' ? [] : [kernels]),
    ]);
    const header = ['Code', 'Severity', 'Meaning', 'Source'];
    return [`## ${title}`, rowsOf(rules === 'specification' ? header : [...header, 'Kernels'], rows)];
  });
  const text = page(
    'Findings',
    `What \`rasvm acpi check\` and \`rasvm cper check\` find: ${all.length} kinds of finding. A code never changes its meaning.`,
    [
      `*error*: what reads it goes wrong, or refuses it; the command ends with status 1. *warning*: it contradicts its
specification, or has no effect. *note*: worth knowing, and nothing need be wrong. *Kernels*: versions that do so, as far
as they were looked at, 6.1 to 7.3.`,
      ...sections,
    ],
  );
  return { path: 'docs/reference/findings.md', text };
}

function page(title: string, about: string, sections: readonly string[]): string {
  return `${[MADE, `# ${title}`, about, ...sections].join('\n\n')}\n`;
}
