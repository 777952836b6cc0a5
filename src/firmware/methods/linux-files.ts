/** A kernel and its initrd, from their files into guest memory (Documentation/arch/arm64/booting.rst). */

import { closeSync, fstatSync, openSync } from 'node:fs';
import { RasvmError } from '../../core/errors.ts';
import type { GuestMemory } from '../../native/binding.ts';
import { type ChosenOptions, SEED_SIZE } from '../chosen.ts';
import { openKernel } from '../image.ts';
import { type BootLayout, type LayoutRequest, layOut } from '../layout.ts';
import { randomBytes } from '../random.ts';
import type { BootRequest } from './boot-method.ts';

export interface LoadedLinux {
  readonly layout: BootLayout;
  /** For the /chosen node of its device tree. */
  readonly chosen: ChosenOptions;
  /** Bytes of a page of the kernel, where its Image says. */
  readonly pageSize: number | undefined;
}

/**
 * @param acpi what else is to have room: see {@link LayoutRequest}
 * @throws RasvmError FILE, KERNEL_FORMAT, MEMORY
 */
export function loadLinux(
  memory: GuestMemory,
  { kernel: path, initrd: initrdPath, append, ram, lost = [] }: BootRequest,
  acpi?: LayoutRequest['acpi'],
): LoadedLinux {
  const kernelFile = openFile(path, '--kernel');
  const initrdFile = initrdPath === undefined ? undefined : openFile(initrdPath, '--initrd');
  try {
    const kernel = openKernel(kernelFile.fd, kernelFile.size, path);
    const layout = layOut({
      ...{ ram, lost: [...lost], acpi, initrdSize: initrdFile?.size ?? 0 },
      kernel: { textOffset: kernel.header.textOffset, memorySize: kernel.memorySize },
    });
    kernel.load(memory, layout.kernel - ram.base);
    if (initrdFile !== undefined && layout.initrd !== undefined) {
      const { base, size } = layout.initrd;
      const got = memory.readFile(initrdFile.fd, 0, base - ram.base, size);
      if (got !== size) {
        throw new RasvmError(
          'FILE',
          `${initrdPath} ended after ${got} of ${size} bytes: it changed while being read`,
        );
      }
    }
    const chosen = { bootargs: append, initrd: layout.initrd, seed: randomBytes(SEED_SIZE) };
    return { layout, chosen, pageSize: kernel.header.pageSize };
  } finally {
    closeSync(kernelFile.fd);
    if (initrdFile !== undefined) closeSync(initrdFile.fd);
  }
}

function openFile(path: string, option: string): { fd: number; size: number } {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw new RasvmError('FILE', `${option} ${path}: ${why}`, { cause });
  }
  const stat = fstatSync(fd);
  if (!stat.isFile() || stat.size === 0) {
    closeSync(fd);
    throw new RasvmError('FILE', `${option} ${path}: it is ${stat.isFile() ? 'empty' : 'not a file'}`);
  }
  return { fd, size: stat.size };
}
