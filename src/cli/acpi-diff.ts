/** `rasvm acpi diff`. */

import { type Blob, codecOfTable, type Difference, differences, printJson, type Side } from '@rasvm/acpi';
import { Command } from 'commander';
import { FILE_ARGUMENT, readTables } from './acpi-files.ts';
import { keyOf } from './acpi-names.ts';

/** A table, and how it differs; `only` names the side that alone has it. */
interface TableDifference {
  table: string;
  only?: 'a' | 'b';
  differences: Difference[];
}

export function acpiDiffCommand(): Command {
  return new Command('diff')
    .description(
      'Compares tables member by member. In directories and files of several, tables are paired by signature and OEM ' +
        'table id. Exit status 1 if they differ.',
    )
    .argument('<a>', `a file or directory: ${FILE_ARGUMENT}`)
    .argument('<b>', 'the other one')
    .option('--json', 'an array of objects')
    .action((a: string, b: string, { json }: { json?: true }) => {
      const found = compare(readTables(a), readTables(b));
      if (json) process.stdout.write(`${printJson(found as never)}\n`);
      else process.stdout.write(found.map(textOf).join(''));
      if (found.length > 0) process.exitCode = 1;
    });
}

function compare(a: readonly Blob[], b: readonly Blob[]): TableDifference[] {
  const left = keyed(a);
  const right = keyed(b);
  // Two single tables are compared even if they are called otherwise.
  if (a.length === 1 && b.length === 1) return pair(a[0]!, b[0]!, [...left.keys()][0]!);
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((table): TableDifference[] => {
    const [one, other] = [left.get(table), right.get(table)];
    if (one !== undefined && other !== undefined) return pair(one, other, table);
    return [{ table, only: one !== undefined ? 'a' : 'b', differences: [] }];
  });
}

function pair(one: Blob, other: Blob, table: string): TableDifference[] {
  const found = differences(
    codecOfTable(one.kind, one.bytes),
    one.bytes,
    codecOfTable(other.kind, other.bytes),
    other.bytes,
  );
  return found.length === 0 ? [] : [{ table, differences: found }];
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

function textOf({ table, only, differences }: TableDifference): string {
  if (only !== undefined) return `${table}: only in ${only === 'a' ? 'the first' : 'the second'}\n`;
  return `${table}\n${differences.map(({ field, a, b }) => `  ${field}: ${sideText(a)} -> ${sideText(b)}\n`).join('')}`;
}

function sideText(side: Side | undefined): string {
  return side === undefined ? '(none)' : `${side.text || '(there)'}`;
}
