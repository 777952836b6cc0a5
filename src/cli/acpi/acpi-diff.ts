/** `rasvm acpi diff`. */

import { type Blob, codecOfTable, differences } from '@rasvm/acpi';
import { Command } from 'commander';
import { type Compared, reportDifferences } from './acpi-differences.ts';
import { FILE_ARGUMENT, readTables } from './acpi-files.ts';
import { keyOf } from './acpi-names.ts';

export function acpiDiffCommand(): Command {
  return new Command('diff')
    .description(
      'Compares tables member by member. In directories and files of several, tables are paired by signature and OEM ' +
        'table id. Exit status 1 if they differ.',
    )
    .argument('<a>', `a file or directory: ${FILE_ARGUMENT}`)
    .argument('<b>', 'the other one')
    .option('--json', 'an array of objects')
    .action((a: string, b: string, { json }: { json?: true }) =>
      reportDifferences(compare(readTables(a), readTables(b)), json ?? false),
    );
}

function compare(a: readonly Blob[], b: readonly Blob[]): Compared[] {
  const left = keyed(a);
  const right = keyed(b);
  // Two single tables are compared even if they are called otherwise.
  if (a.length === 1 && b.length === 1) return [pair(a[0]!, b[0]!, [...left.keys()][0]!)];
  return [...new Set([...left.keys(), ...right.keys()])].map((title): Compared => {
    const [one, other] = [left.get(title), right.get(title)];
    if (one !== undefined && other !== undefined) return pair(one, other, title);
    return { title, only: one !== undefined ? 'a' : 'b', differences: [] };
  });
}

function pair(one: Blob, other: Blob, title: string): Compared {
  const [a, b] = [codecOfTable(one.kind, one.bytes), codecOfTable(other.kind, other.bytes)];
  return { title, differences: differences(a, one.bytes, b, other.bytes) };
}

/** The second table of the same key is numbered. */
function keyed(blobs: readonly Blob[]): Map<string, Blob> {
  const found = new Map<string, Blob>();
  for (const blob of blobs) {
    const key = keyOf(blob);
    let name = key;
    for (let number = 2; found.has(name); number++) name = `${key} #${number}`;
    found.set(name, blob);
  }
  return found;
}
