/** `rasvm demo`, as `npm start` runs it. */

import { Command } from 'commander';
import { parseCount, parseSize } from '../core/quantity.ts';
import { needsLab } from '../lab/decide.ts';
import { MAX_VCPUS } from '../platform/address-map.ts';
import { labOption } from './inspect/reach.ts';
import { type LabFlags, labChoiceOf } from './lab/lab-choice.ts';
import { endOnSignals } from './run/end-on-signals.ts';
import { DEFAULT_GUEST_KERNEL, debianKernel } from './shared/debian-kernel.ts';
import { checkInput } from './shared/input-file.ts';

interface DemoOptions extends LabFlags {
  kernel: string;
  cpus: string;
  memory: string;
}

/** @returns exit status 0 only if both errors were proved to have gone all the way. */
export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'Boots a guest, loses two pages of its memory for real (memory_failure in the host) and shows what happens, as a ' +
        'timeline. Needs root on an arm64 KVM host; elsewhere it runs in the lab.',
    )
    .option(
      '--kernel <IMAGE>',
      "arm64 kernel Image of the guest, or debian:SERIES for Debian's",
      DEFAULT_GUEST_KERNEL,
    )
    .option('--cpus <N>', 'vCPUs', '2')
    .option('--memory <SIZE>', 'guest RAM', '512M')
    .addOption(labOption('lab'))
    .addOption(labOption('lab-kernel'))
    .addOption(labOption('lab-cpu'))
    .addOption(labOption('lab-pmu'))
    .action(async (options: DemoOptions) => {
      parseCount(options.cpus, '--cpus', 1, MAX_VCPUS);
      parseSize(options.memory, '--memory');
      const { kernel, cpus, memory } = options;
      const choice = labChoiceOf(options);
      if (needsLab(choice.mode)) {
        const { demoInLab } = await import('./lab/in-lab.ts');
        process.exitCode = await demoInLab({ kernel, cpus, memory }, choice);
      } else {
        process.exitCode = (await demoHere(options)) ? 0 : 1;
      }
    });
}

async function demoHere({ kernel: name, cpus, memory }: Pick<DemoOptions, 'kernel' | 'cpus' | 'memory'>) {
  endOnSignals();
  const kernel = await debianKernel(name);
  checkInput('--kernel', kernel);
  const [{ runDemo }, { colours, plain }, { eventWords }] = await Promise.all([
    import('../scenario/demo/demo.ts'),
    import('../scenario/report/timeline.ts'),
    import('../observe/event-text.ts'),
  ]);
  return runDemo({
    kernel,
    cpus: Number(cpus),
    memory,
    print: (line) => process.stdout.write(`${line}\n`),
    columns: process.stdout.columns,
    paint: process.stdout.isTTY && !process.env.NO_COLOR ? colours : plain,
    words: eventWords,
  });
}
