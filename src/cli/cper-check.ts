/** `rasvm cper check`. */

import { checkSection, type EffectOptions, type Telling } from '@rasvm/acpi';
import { Command, Option } from 'commander';
import { RasvmError } from '../errors.ts';
import { FILE_ARGUMENT, filesOf, passedOver } from './acpi-files.ts';
import { type FindingsOptions, FindingsReport, findingsOptions } from './acpi-findings.ts';
import { checkedOf } from './cper-records.ts';
import { readSection, sectionOption } from './cper-sections.ts';

const TELLINGS: readonly Telling[] = ['sea', 'interrupt', 'polled', 'sdei', 'boot'];

interface CheckOptions extends FindingsOptions {
  notification: Telling;
  kernel: string;
  section?: string;
}

export function cperCheckCommand(): Command {
  const command = new Command('check')
    .description(
      'Says what is wrong with error records, by the specification and by what Linux on arm64 makes of them, and what ' +
        'a guest that is told of them will do: log them, lose a page, have a process killed, panic. Exit status 1 if ' +
        'anything is an error.',
    )
    .argument('<file|directory>', FILE_ARGUMENT)
    .addOption(
      new Option('--notification <HOW>', 'how the guest is told').choices(TELLINGS).default('interrupt'),
    )
    .option('--kernel <VERSION>', "version of the guest's Linux, 6.1 to 7.3", '7.3')
    .addOption(sectionOption());
  for (const option of findingsOptions()) command.addOption(option);
  return command.action(async (path: string, options: CheckOptions) => {
    const report = new FindingsReport(options);
    if (options.section !== undefined) {
      const { name, kind, bytes } = readSection(options.section, path);
      await report.add(name, checkSection(kind, bytes));
      return report.end('section');
    }
    try {
      await check(path, options, report);
    } finally {
      // What stands before a fault is shown.
      await report.flush();
    }
    await report.end('record');
  });
}

async function check(
  path: string,
  { notification, kernel }: CheckOptions,
  report: FindingsReport,
): Promise<void> {
  if (!/^\d+\.\d+$/.test(kernel))
    throw new RasvmError('USAGE', `--kernel: '${kernel}' is no version such as 6.12`);
  const effect: EffectOptions = { notification, kernel };
  await passedOver(path, filesOf(path), async ({ name, path: file }) => {
    for await (const { name: record, findings } of checkedOf(name, file, effect))
      await report.add(record, findings);
  });
}
