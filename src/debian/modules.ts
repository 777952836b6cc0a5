/** Kernel modules of an unpacked kernel, with what they depend on. */

import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { RasvmError } from '../core/errors.ts';
import { run } from '../host/run.ts';
import type { Kernel } from './kernels.ts';

export interface KernelModule {
  /** With underscores, as /proc/modules has it. */
  readonly name: string;
  /** The ELF file, decompressed. */
  readonly data: Buffer;
}

/**
 * The named modules and their dependencies, each after those that it needs: the order to load them in.
 * Names that the kernel has built in are left out; so are those with a question mark that it does not have.
 * @throws RasvmError LAB when the kernel has a module neither as a file nor built in.
 */
export async function kernelModules(kernel: Kernel, names: readonly string[]): Promise<KernelModule[]> {
  const files = await moduleFiles(kernel.modulesDir);
  const builtin = new Set(
    (await readFile(join(kernel.modulesDir, 'modules.builtin'), 'utf8')).split('\n').map(moduleName),
  );
  const loaded = new Map<string, KernelModule>();
  const visited = new Set<string>();
  const visit = async (name: string): Promise<void> => {
    if (visited.has(name) || builtin.has(name)) return;
    visited.add(name);
    const path = files.get(name);
    if (path === undefined) throw new RasvmError('LAB', `kernel ${kernel.version} has no module ${name}`);
    const data = await readModule(path);
    for (const needed of dependencies(data)) await visit(needed);
    loaded.set(name, { name, data });
  };
  for (const name of names) {
    const plain = moduleName(name.replace(/\?$/, ''));
    if (!name.endsWith('?') || files.has(plain)) await visit(plain);
  }
  return [...loaded.values()];
}

async function moduleFiles(directory: string): Promise<Map<string, string>> {
  const paths = await readdir(join(directory, 'kernel'), { recursive: true });
  return new Map(
    paths
      .filter((path) => /\.ko(\.xz)?$/.test(path))
      .map((path) => [moduleName(path), join(directory, 'kernel', path)]),
  );
}

function moduleName(path: string): string {
  return basename(path)
    .replace(/\.ko(\.xz)?$/, '')
    .replaceAll('-', '_');
}

async function readModule(path: string): Promise<Buffer> {
  return path.endsWith('.xz') ? run('xz', ['-dc', path]) : readFile(path);
}

/** The `depends=` entry of .modinfo: names parted by commas, ended by NUL. */
export function dependencies(module: Buffer): string[] {
  const at = module.indexOf('\0depends=');
  if (at < 0) return [];
  const start = at + '\0depends='.length;
  const list = module.subarray(start, module.indexOf(0, start)).toString('latin1');
  return list === '' ? [] : list.split(',').map(moduleName);
}
