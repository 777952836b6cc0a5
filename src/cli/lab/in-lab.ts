/** Commands that need an arm64 KVM host, on a machine that is none: the same command, in the lab. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RasvmError } from '../../core/errors.ts';
import { terminalProgress } from '../../host/progress.ts';
import { insideShare, type LabOptions, labOptions } from '../../lab/options.ts';
import { findFitting } from '../../lab/running.ts';
import { withLab } from '../../lab/session.ts';
import { passedEnvironment } from '../../lab/terminal.ts';
import type { RunValues } from '../run/run-options.ts';
import { debianKernel } from '../shared/debian-kernel.ts';
import { checkInput } from '../shared/input-file.ts';
import { flags } from '../shared/option-words.ts';
import type { LabChoice } from './lab-choice.ts';
import { LabFiles } from './lab-files.ts';

/** @returns the exit status. @throws RasvmError */
export async function runInLab(values: RunValues, choice: LabChoice): Promise<number> {
  if (values.serial !== undefined) {
    throw new RasvmError(
      'USAGE',
      '--serial: a socket in the lab cannot be reached from here; run both ends there, by rasvm lab up and rasvm lab exec',
    );
  }
  if (values.metrics !== undefined) {
    throw new RasvmError(
      'USAGE',
      '--metrics: the lab has no network, and a socket in it cannot be reached from here; read them there, by rasvm lab up and rasvm lab exec',
    );
  }
  const kernel = await debianKernel(values.kernel!);
  checkInput('--kernel', kernel);
  if (values.initrd !== undefined) checkInput('--initrd', values.initrd);
  const output = /^file:(.+)$/s.exec(values.console ?? '')?.[1];
  return commandInLab(choice, async (files) => {
    const { initrd, log, events } = values;
    const inside: RunValues = {
      ...values,
      kernel: await files.input(kernel),
      ...(initrd !== undefined && { initrd: await files.input(initrd) }),
      ...(output !== undefined && { console: `file:${files.output('--console', output)}` }),
      ...(events !== undefined && { events: files.output('--events', events) }),
      ...(log !== undefined && { log: files.output('--log', log) }),
    };
    return ['run', ...flags(inside)];
  });
}

export interface DemoValues {
  kernel: string;
  cpus: string;
  memory: string;
}

/** @returns the exit status. @throws RasvmError */
export async function demoInLab({ kernel, ...rest }: DemoValues, choice: LabChoice): Promise<number> {
  const image = await debianKernel(kernel);
  checkInput('--kernel', image);
  return commandInLab(choice, async (files) => [
    'demo',
    ...flags({ ...rest, kernel: await files.input(image) }),
  ]);
}

/** @param commandLine with the files as that lab sees them. @returns the exit status. @throws RasvmError */
export async function commandInLab(
  choice: LabChoice,
  commandLine: (files: LabFiles, lab: LabOptions) => Promise<string[]>,
): Promise<number> {
  const { kernel, cpu, pmu, extras = [] } = choice;
  const asked = labOptions({
    ...(kernel && { kernel }),
    ...(cpu && { cpu }),
    ...(pmu !== undefined && { pmu }),
    extras,
  });
  const program = join(asked.bundleDir, 'bin', 'rasvm');
  if (!existsSync(program))
    throw new RasvmError('LAB', `${program}, the build for the lab, is missing: make it by npm run bundle`);
  const fits = (running: LabOptions) =>
    !running.icount &&
    (kernel ?? running.kernel) === running.kernel &&
    (cpu ?? running.cpu) === running.cpu &&
    (pmu ?? running.pmu) === running.pmu &&
    extras.every((extra) => running.extras.includes(extra));
  const seesHere = (running: LabOptions) => insideShare(running.share, asked.share) !== undefined;
  const find = () => findFitting((running) => fits(running) && seesHere(running), fits);
  return withLab(find, asked, terminalProgress(), async ({ lab, options, run }) => {
    const files = new LabFiles(lab, options.share);
    try {
      const [name, ...args] = await commandLine(files, options);
      const status = await run(['rasvm', name!, '--lab=never', ...args], {
        cwd: insideShare(options.share, process.cwd()) ?? '/share',
        env: passedEnvironment(),
      });
      await files.bringOut();
      return status;
    } finally {
      await files.close();
    }
  });
}
