/** `rasvm acpi check`. */

import { type Blob, checkCperRecord, checkErrorStatusBlock, checkTable, type Finding } from '@rasvm/acpi';
import { Command } from 'commander';
import { FILE_ARGUMENT, readTables } from './acpi-files.ts';
import { reportFindings } from './acpi-findings.ts';

export function acpiCheckCommand(): Command {
  return new Command('check')
    .description(
      'Says what is wrong with tables: by the specification, and by what Linux on arm64 rejects or ignores. Exit status ' +
        '1 if anything is an error.',
    )
    .argument('<file|directory>', FILE_ARGUMENT)
    .option('--json', 'an array of objects')
    .action((path: string, { json }: { json?: true }) => {
      const checked = readTables(path, { faulty: 'table' }).map((blob) => ({
        name: blob.name,
        findings: check(blob),
      }));
      reportFindings(checked, json ?? false);
    });
}

function check({ kind, bytes }: Blob): Finding[] {
  if (kind === 'errorStatusBlock') return checkErrorStatusBlock(bytes);
  return kind === 'cperRecord' ? checkCperRecord(bytes) : checkTable(bytes);
}
