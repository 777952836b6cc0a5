/** `rasvm acpi check`. */

import { type Blob, checkCperRecord, checkErrorStatusBlock, checkTable, checkTables } from '@rasvm/acpi';
import { Command } from 'commander';
import { FILE_ARGUMENT } from './acpi-files.ts';
import { type Checked, reportFindings } from './acpi-findings.ts';
import { readRecords } from './cper-files.ts';

export function acpiCheckCommand(): Command {
  return new Command('check')
    .description(
      'Says what is wrong with tables: by the specification, and by what Linux on arm64 rejects or ignores. Exit status ' +
        '1 if anything is an error.',
    )
    .argument('<file|directory>', FILE_ARGUMENT)
    .option('--json', 'an array of objects')
    .action((path: string, { json }: { json?: true }) => {
      const blobs = readRecords(path, { faulty: 'table' });
      reportFindings(
        [...checkAll(blobs.filter(isTable)), ...blobs.filter((blob) => !isTable(blob)).map(checkRecord)],
        json ?? false,
      );
    });
}

function isTable({ kind }: Blob): boolean {
  return kind !== 'errorStatusBlock' && kind !== 'cperRecord';
}

/** Tables, each and one against the other. */
function checkAll(blobs: readonly Blob[]): Checked[] {
  const findings = blobs.length === 1 ? checkTable(blobs[0]!.bytes) : checkTables(blobs);
  return blobs.map(({ name }) => ({
    name,
    findings: findings.filter(({ table }) => table === undefined || table === name),
  }));
}

function checkRecord({ kind, name, bytes }: Blob): Checked {
  return { name, findings: kind === 'cperRecord' ? checkCperRecord(bytes) : checkErrorStatusBlock(bytes) };
}
