/** `rasvm test` on a machine that is no arm64 KVM host: the whole of it runs in the lab. */

import { filesOf, loadScenarios } from '../scenario/load.ts';
import { parseLabMode } from './lab-wish.ts';
import { namedKernels, type TestOptions } from './test.ts';
import type { ReportWish } from './test-reports.ts';

/** @returns the exit status. @throws RasvmError */
export async function testInLab(
  paths: readonly string[],
  options: TestOptions,
  reports: readonly ReportWish[],
): Promise<number> {
  const { commandInLab, flags } = await import('./in-lab.ts');
  const { kernel: names, lab: mode, labKernel, labCpu, ...rest } = options;
  const kernels = await namedKernels(names);
  const files = paths.flatMap((path) => filesOf(path));
  // What is wrong in them is told before a lab is started.
  if (files.length > 0) loadScenarios(files);
  const wish = {
    mode: parseLabMode(mode),
    ...(labKernel && { kernel: labKernel }),
    ...(labCpu && { cpu: labCpu }),
  };
  return commandInLab(wish, async (lab) => {
    const kernel: string[] = [];
    for (const { name, image } of kernels) kernel.push(`${name}=${await lab.input(image)}`);
    const scenarios: string[] = [];
    for (const file of files) scenarios.push(await lab.input(file));
    const report = reports.map(({ format, path }) => `${format}:${lab.output('--report', path)}`);
    return ['test', ...flags({ ...rest, kernel, report }), '--', ...scenarios];
  });
}
