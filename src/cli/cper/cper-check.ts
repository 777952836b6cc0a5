/** `rasvm cper check`. */

import { checkSection, type EffectOptions, type Telling } from '@rasvm/acpi';
import { Command, Option } from 'commander';
import { RasvmError } from '../../core/errors.ts';
import { FILE_ARGUMENT, filesOf, passedOver } from '../acpi/acpi-files.ts';
import { type FindingsOptions, FindingsReport, findingsOptions } from '../acpi/acpi-findings.ts';
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
  if (!isKnown(kernel))
    throw new RasvmError('USAGE', `--kernel: '${kernel}' is no version such as 6.12, from 6.1 to 7.3`);
  const effect: EffectOptions = { notification, kernel };
  await passedOver(path, filesOf(path), async ({ name, path: file }) => {
    let any = false;
    for await (const { name: record, findings, gap } of checkedOf(name, file, effect)) {
      any = true;
      await report.add(record, findings, { counts: !gap });
    }
    if (!any) throw new RasvmError('FILE', `${name}: there is no error record in it`);
  });
}

/** Is it one of those that the effects are known for: 6.1 to 7.3? */
function isKnown(kernel: string): boolean {
  if (!/^\d{1,2}\.\d{1,3}$/.test(kernel)) return false;
  const [major, minor] = kernel.split('.').map(Number) as [number, number];
  return (major === 6 && minor >= 1) || (major === 7 && minor <= 3);
}
