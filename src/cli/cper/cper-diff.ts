/** `rasvm cper diff`. */

import { type Blob, CperRecord, differences, ErrorStatusBlock } from '@rasvm/acpi';
import { Command } from 'commander';
import { RasvmError } from '../../core/errors.ts';
import { reportDifferences } from '../acpi/acpi-differences.ts';
import { FILE_ARGUMENT, readTables } from '../acpi/acpi-files.ts';
import { KIND_NAMES } from '../acpi/acpi-names.ts';
import { blocksIn } from './cper-records.ts';
import { readSection, sectionOption } from './cper-sections.ts';

export function cperDiffCommand(): Command {
  return new Command('diff')
    .description(
      'Compares error records field by field, in files of several one by one. Exit status 1 if they differ.',
    )
    .argument('<a>', FILE_ARGUMENT)
    .argument('<b>', 'the other one')
    .addOption(sectionOption())
    .option('--json', 'an array of objects')
    .action((a: string, b: string, { json, section }: { json?: true; section?: string }) => {
      if (section !== undefined) {
        const [one, other] = [readSection(section, a), readSection(section, b)];
        const found = differences(one.codec, one.bytes, other.codec, other.bytes);
        return reportDifferences([{ title: 'section', differences: found }], json ?? false);
      }
      const left = readTables(a).flatMap(blocksIn);
      const right = readTables(b).flatMap(blocksIn);
      const name = (index: number) => (left.length > 1 || right.length > 1 ? `record ${index}` : 'record');
      const found = Array.from({ length: Math.max(left.length, right.length) }, (_, index) => ({
        title: name(index),
        ...compare(left[index], right[index]),
      }));
      reportDifferences(found, json ?? false);
    });
}

function compare(a: Blob | undefined, b: Blob | undefined) {
  if (a === undefined || b === undefined)
    return { only: a === undefined ? ('b' as const) : ('a' as const), differences: [] };
  if (a.kind !== b.kind)
    throw new RasvmError(
      'FILE',
      `${a.name} and ${b.name}: one is ${KIND_NAMES[a.kind]}, the other ${KIND_NAMES[b.kind]}`,
    );
  return { differences: differences(codecOf(a), a.bytes, codecOf(b), b.bytes) };
}

function codecOf({ kind, name }: Blob) {
  if (kind === 'cperRecord') return CperRecord as never;
  if (kind === 'errorStatusBlock') return ErrorStatusBlock as never;
  throw new RasvmError(
    'FILE',
    `${name}: is ${KIND_NAMES[kind]}, no error record; rasvm acpi diff is for tables`,
  );
}
