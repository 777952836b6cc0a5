/** `rasvm test` on a machine that is no arm64 KVM host: the whole of it runs in the lab. */

import type { CaseKernel } from '../scenario/case.ts';
import { filesOf } from '../scenario/load.ts';
import { DEFAULT_GUEST_KERNEL } from './debian-kernel.ts';
import { parseLabMode } from './lab-wish.ts';
import { namedKernel, type TestOptions } from './test.ts';

/** @returns the exit status. @throws RasvmError */
export async function testInLab(paths: readonly string[], options: TestOptions): Promise<number> {
  const { commandInLab, flags } = await import('./in-lab.ts');
  const { kernel: names = [DEFAULT_GUEST_KERNEL], lab: mode, labKernel, labCpu, ...rest } = options;
  const kernels: CaseKernel[] = [];
  for (const name of names) kernels.push(await namedKernel(name));
  const files = paths.flatMap((path) => filesOf(path));
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
    return ['test', ...flags({ ...rest, kernel }), '--', ...scenarios];
  });
}
