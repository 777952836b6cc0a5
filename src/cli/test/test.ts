/** `rasvm test`. */

import { Command, Option } from 'commander';
import { CANNOT_TEST } from '../../core/errors.ts';
import { needsLab } from '../../lab/decide.ts';
import { labOption } from '../inspect/reach.ts';
import { reportError } from '../shared/report.ts';
import { testStatus } from './test-reports.ts';
import { type TestOptions, toTestRequest } from './test-request.ts';

const several = (value: string, before: string[] = []) => [...before, value];

/** @returns exit status 0: all as expected; 1: something was not; 125: it could not be tested. */
export function testCommand(): Command {
  return new Command('test')
    .description(
      'Runs scenarios in guests, and tells case by case whether the guest kernel does what it must when ' +
        'memory fails. Ends with 0 if it does, 1 if not, 125 if that could not be found out, so that `git bisect run` ' +
        'works. Needs root on an arm64 KVM host; elsewhere it runs in the lab.',
    )
    .argument('[paths...]', 'scenarios, or directories of them; left out: those that rasvm ships')
    .option(
      '--kernel <KERNEL>',
      "arm64 kernel Image, the directory of a kernel's build, or debian:SERIES for Debian's; with NAME= before it that is " +
        'its name in reports; once for each kernel (default: debian:6.12)',
      several,
    )
    .option('--matrix <FILE>', 'more kernels, and variants of the machine, from a file in YAML')
    .option('--append <WORDS>', "more words for the command line of each guest's kernel", several)
    .option(
      '--vmm <VMM>',
      'what the guests run in: rasvm, or qemu as far as QEMU can do what a scenario asks for; once for each (default: rasvm)',
      several,
    )
    .option(
      '--filter <GLOB>',
      'only scenarios whose id is like this, or with ! before it is not; several with commas between, or once for each',
      several,
    )
    .option('--jobs <N>', 'guests at once (default: one for each CPU of the host)')
    .option(
      '--fresh',
      'a guest of its own for each case; without it a guest that is well after a case serves the next, and a case that does ' +
        'not pass there is run again in its own',
    )
    .option(
      '--all-kernels',
      "scenarios that judge rasvm rather than the guest's kernel run on each kernel too; without it each on the first that is named",
    )
    .option('--repeat <N>', 'run each case so often', '1')
    .option(
      '--report <FORMAT:FILE>',
      'writes what became of the run to a file, as junit, ktap, json or html; once for each file',
      several,
    )
    .option(
      '--keep',
      'of each case that failed or could not be tested keeps a directory below rasvm-test-TIME: the scenario, the log of ' +
        "the guest's console, rasvm's log and events, the kernel's command line, and a script that starts the same machine again",
    )
    .option('--keep-in <DIR>', 'the same, below this directory')
    .addOption(new Option('--plan <FILE>', 'what was found out outside of the lab').hideHelp())
    .addOption(new Option('--journal <FILE>', 'how far the run has come, to go on there').hideHelp())
    .addOption(new Option('--journal-to <FILE>', 'where it is written on').hideHelp())
    .addOption(labOption('lab'))
    .addOption(labOption('lab-kernel'))
    .addOption(labOption('lab-cpu'))
    .addOption(labOption('lab-pmu'))
    .action(async (paths: string[], options: TestOptions) => {
      process.prependListener('uncaughtException', (error) => process.exit(cannotTest(error)));
      try {
        process.exitCode = await runTest(paths, options);
      } catch (error) {
        process.exitCode = cannotTest(error);
      }
    });
}

function cannotTest(error: unknown): number {
  reportError(error);
  return CANNOT_TEST;
}

async function runTest(paths: readonly string[], options: TestOptions): Promise<number> {
  const request = toTestRequest(options);
  if (needsLab(request.lab.mode)) return (await import('./test-in-lab.ts')).testInLab(paths, request);
  return testStatus(await (await import('./test-here.ts')).testHere(paths, request));
}
