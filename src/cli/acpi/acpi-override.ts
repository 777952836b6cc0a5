/** `rasvm acpi override`. */

import { existsSync } from 'node:fs';
import { overrideInitrd } from '@rasvm/acpi';
import { Command } from 'commander';
import { RasvmError } from '../../core/errors.ts';
import { FILE_ARGUMENT, orFile, readTables } from './acpi-files.ts';
import { KIND_NAMES } from './acpi-names.ts';
import { writeFile } from './acpi-output.ts';

/** Where a running kernel shows its tables. */
const RUNNING = '/sys/firmware/acpi/tables';

export function acpiOverrideCommand(): Command {
  return new Command('override')
    .description(
      "Makes an initrd by which Linux takes these tables instead of its firmware's (CONFIG_ACPI_TABLE_UPGRADE; not with " +
        "Secure Boot). Put the machine's own initrd behind it: cat OUT /boot/initrd.img > NEW.",
    )
    .argument('<file|directory>', FILE_ARGUMENT)
    .requiredOption('--out <FILE>', 'the initrd')
    .option(
      '--running <FILE|DIRECTORY>',
      `the tables of the machine that it is for, such as a copy of ${RUNNING}: the OEM revision is raised above theirs, ` +
        `without which Linux ignores a table (this machine: --running ${RUNNING})`,
    )
    .action((path: string, { out, running }: { out: string; running?: string }) => {
      const tables = readTables(path);
      const other = tables.find(({ kind }) => kind !== 'table');
      if (other !== undefined)
        throw new RasvmError(
          'FILE',
          `${other.name}: is ${KIND_NAMES[other.kind]}, which no initrd can have; leave it out`,
        );
      if (running !== undefined && !existsSync(running))
        throw new RasvmError('FILE', `--running ${running}: there is no such file`);
      const machine =
        running === undefined ? undefined : readTables(running).filter(({ kind }) => kind === 'table');
      const { initrd, notes } = orFile(path, () =>
        overrideInitrd(tables, machine === undefined ? {} : { running: machine.map(({ bytes }) => bytes) }),
      );
      writeFile(out, initrd);
      for (const note of notes) console.log(note);
    });
}
