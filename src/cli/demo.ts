/** `rasvm demo`, as `npm start` runs it on an arm64 KVM host. */

import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { RasvmError } from '../errors.ts';
import { MAX_VCPUS } from '../machine/address-map.ts';
import { runDemo } from '../scenario/demo.ts';
import { labKernels, preferredKernel } from '../scenario/kernels.ts';
import { colours, plain } from '../scenario/timeline.ts';
import { eventWords } from './event-text.ts';
import { parseCount, parseSize } from './quantity.ts';

/** @returns exit status 0 only if both errors were proved to have gone all the way. */
export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'Boots a guest, loses two pages of its memory for real (memory_failure in the host) and shows what happens, as a timeline. Needs root on an arm64 KVM host.',
    )
    .option('--kernel <IMAGE>', 'arm64 kernel Image of the guest (default: one of the lab)')
    .option('--cpus <N>', 'vCPUs', '2')
    .option('--memory <SIZE>', 'guest RAM', '512M')
    .action(async ({ kernel, cpus, memory }: { kernel?: string; cpus: string; memory: string }) => {
      parseCount(cpus, '--cpus', 1, MAX_VCPUS);
      parseSize(memory, '--memory');
      endOnSignals();
      const proved = await runDemo({
        kernel: guestKernel(kernel),
        cpus: Number(cpus),
        memory,
        print: (line) => process.stdout.write(`${line}\n`),
        paint: process.stdout.isTTY && !process.env.NO_COLOR ? colours : plain,
        words: eventWords,
      });
      process.exitCode = proved ? 0 : 1;
    });
}

function guestKernel(asked: string | undefined): string {
  const path = asked ?? preferredKernel(labKernels())?.path;
  if (path !== undefined && existsSync(path)) return path;
  throw new RasvmError(
    'FILE',
    `${path ?? 'the guest kernel'} is missing: give an arm64 Image with --kernel IMAGE`,
  );
}

/** A signal's default would leave the guest behind; an exit does not (guest.ts). */
function endOnSignals(): void {
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
}
