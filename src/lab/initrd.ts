/** The lab's initial RAM disk: the agent as /init, and the modules that it loads before anything else. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CpioEntry, cpio } from '@rasvm/acpi/io/cpio';
import type { Kernel } from '../debian/kernels.ts';
import { kernelModules } from '../debian/modules.ts';
import { buildOnce, cacheDirectory, fileSha256, recipeHash } from '../host/cache.ts';
import { labAgent } from './agent-build.ts';

/** Disk, agent's port, shared directories; then what commands in the lab want. ext4 names crc32c by an alias only. */
const MODULES = [
  'crc32c_generic?',
  'virtio_pci',
  'virtio_blk',
  'ext4',
  'virtio_console',
  '9p',
  '9pnet_virtio',
  'hwpoison_inject',
];

/** Path of the archive for a host kernel. @throws RasvmError LAB */
export async function labInitrd(kernel: Kernel): Promise<string> {
  const agent = await labAgent();
  const recipe = recipeHash([await fileSha256(agent), kernel.version, MODULES]);
  const directory = join(cacheDirectory(), 'lab', `initrd-${recipe}`);
  await buildOnce(directory, async (into) => {
    const modules = await kernelModules(kernel, MODULES);
    const paths = modules.map(({ name }) => `modules/${name}.ko`);
    const entries: CpioEntry[] = [
      { path: 'dev' },
      { path: 'dev/console', device: [5, 1] },
      { path: 'root' },
      { path: 'modules' },
      { path: 'modules/list', data: Buffer.from(paths.map((path) => `/${path}\n`).join('')) },
      ...modules.map(({ data }, index) => ({ path: paths[index]!, data })),
      { path: 'init', mode: 0o755, data: await readFile(agent) },
    ];
    await writeFile(join(into, 'initrd'), cpio(entries));
  });
  return join(directory, 'initrd');
}
