/** `rasvm cper check`. */

import {
  type Blob,
  checkCperRecord,
  checkErrorStatusBlock,
  effectOf,
  type Finding,
  type Telling,
} from '@rasvm/acpi';
import { Command, Option } from 'commander';
import { RasvmError } from '../errors.ts';
import { FILE_ARGUMENT } from './acpi-files.ts';
import { reportFindings } from './acpi-findings.ts';
import { KIND_NAMES } from './acpi-names.ts';
import { readRecords } from './cper-files.ts';

const TELLINGS: readonly Telling[] = ['sea', 'interrupt', 'polled', 'sdei', 'boot'];

interface CheckOptions {
  notification: Telling;
  kernel: string;
  json?: true;
}

export function cperCheckCommand(): Command {
  return new Command('check')
    .description(
      'Says what is wrong with error records, by the specification and by what Linux on arm64 makes of them, and what ' +
        'a guest that is told of them will do: log them, lose a page, have a process killed, panic. Exit status 1 if ' +
        'anything is an error.',
    )
    .argument('<file>', FILE_ARGUMENT)
    .addOption(
      new Option('--notification <HOW>', 'how the guest is told').choices(TELLINGS).default('interrupt'),
    )
    .option('--kernel <VERSION>', "version of the guest's Linux, 6.1 to 7.3", '7.3')
    .option('--json', 'an array of objects')
    .action((path: string, options: CheckOptions) => {
      const blobs = readRecords(path, { faulty: 'errorStatusBlock' });
      reportFindings(
        blobs.map((blob) => ({ name: blob.name, findings: check(blob, options) })),
        options.json ?? false,
      );
    });
}

function check({ kind, name, bytes }: Blob, { notification, kernel }: CheckOptions): Finding[] {
  if (!/^\d+\.\d+$/.test(kernel))
    throw new RasvmError('USAGE', `--kernel: '${kernel}' is no version such as 6.12`);
  if (kind === 'cperRecord') return checkCperRecord(bytes);
  if (kind === 'errorStatusBlock')
    return [...checkErrorStatusBlock(bytes), ...effectOf(bytes, { notification, kernel })];
  throw new RasvmError(
    'FILE',
    `${name}: is ${KIND_NAMES[kind]}, no error record; rasvm acpi check is for tables`,
  );
}
