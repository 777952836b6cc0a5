/** `rasvm acpi check`. */

import { checkRecord, checkTable, checkTables } from '@rasvm/acpi';
import { Command } from 'commander';
import { blocksIn, isRecord } from '../cper/cper-records.ts';
import { FILE_ARGUMENT, readTables } from './acpi-files.ts';
import { type FindingsOptions, FindingsReport, findingsOptions } from './acpi-findings.ts';

export function acpiCheckCommand(): Command {
  const command = new Command('check')
    .description(
      'Says what is wrong with tables: by the specification, and by what Linux on arm64 rejects or ignores. Exit status ' +
        '1 if anything is an error.',
    )
    .argument('<file|directory>', FILE_ARGUMENT);
  for (const option of findingsOptions()) command.addOption(option);
  return command.action(async (path: string, options: FindingsOptions) => {
    const blobs = readTables(path, { faulty: 'table' }).flatMap(blocksIn);
    const report = new FindingsReport(options);
    const tables = blobs.filter(({ kind }) => !isRecord(kind));
    const findings = tables.length === 1 ? checkTable(tables[0]!.bytes) : checkTables(tables);
    for (const { name } of tables)
      await report.add(
        name,
        findings.filter(({ table }) => table === undefined || table === name),
      );
    for (const { kind, name, bytes } of blobs)
      if (isRecord(kind)) await report.add(name, checkRecord(kind, bytes));
    await report.end(tables.length === blobs.length ? 'table' : 'file');
  });
}
