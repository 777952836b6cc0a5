/**
 * The lab's emulator: Debian 13's QEMU and its libraries, from the archive, whatever the machine itself has. Before QEMU 8.2
 * there is no Neoverse N2 (options.ts says why that is the lab's CPU).
 */

import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RasvmError } from '../core/errors.ts';
import { Archive, type Suite, unpackDebs, withFreshLists } from '../debian/archive.ts';
import { buildOnce, cacheDirectory, recipeHash } from '../host/cache.ts';
import type { Progress } from '../host/progress.ts';
import { run } from '../host/run.ts';

const SUITE: Suite = 'trixie';
const PACKAGES = ['qemu-system-arm'];
const PROGRAM = 'qemu-system-aarch64';
/** Raised when this file makes something else of the packages. */
const RECIPE_VERSION = 2;

/** By process.arch: Debian's name, where its libraries are, and what loads them there. */
const MACHINES = {
  x64: { architecture: 'amd64', libraries: 'usr/lib/x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { architecture: 'arm64', libraries: 'usr/lib/aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
} as const;

/** The words that its command line begins with. @throws RasvmError LAB or ARCHIVE */
export async function emulatorProgram(progress: Progress): Promise<readonly string[]> {
  const machine = MACHINES[process.arch as keyof typeof MACHINES];
  if (machine === undefined)
    throw new RasvmError('LAB', `the lab runs on x86-64 and arm64, not on ${process.arch}`);
  const { architecture, libraries, loader } = machine;
  const recipe = recipeHash([RECIPE_VERSION, SUITE, architecture, PACKAGES]);
  const directory = join(cacheDirectory(), 'lab', `emulator-${recipe}`);
  if (/[:;]/.test(directory))
    throw new RasvmError(
      'LAB',
      `the emulator's libraries cannot be in ${directory}, as : and ; divide directories: set RASVM_CACHE to another`,
    );
  await buildOnce(directory, async (into) => {
    const debs = await withFreshLists(async (maxAge) => {
      const archive = await Archive.open(SUITE, progress, maxAge, architecture);
      return archive.download(await archive.resolve(PACKAGES), progress);
    });
    const tree = join(into, 'tree');
    await unpackDebs(debs, tree, "Unpacking the lab's emulator", progress);
    await takeProgram(tree, libraries, loader, into);
    await rm(tree, { recursive: true });
    progress.end();
  });
  return [join(directory, loader), '--library-path', directory, join(directory, PROGRAM)];
}

/** Copies it, what loads it and what it is linked with, and nothing else of their packages. */
async function takeProgram(tree: string, libraries: string, loader: string, into: string): Promise<void> {
  const at = join(tree, libraries);
  const program = join(tree, 'usr/bin', PROGRAM);
  const list = ['--library-path', at, '--list', program];
  const linked = (await run(join(at, loader), list, { env: { LC_ALL: 'C.UTF-8' } })).toString();
  await copyFile(program, join(into, PROGRAM));
  await copyFile(join(at, loader), join(into, loader));
  for (const [, name, path] of linked.matchAll(/^\s*([^\s/]+) => (.+) \(0x[0-9a-f]+\)$/gm)) {
    if (!path!.startsWith(`${tree}/`))
      throw new RasvmError('ARCHIVE', `${name}, which QEMU needs, is in none of its packages`);
    await copyFile(path!, join(into, name!));
  }
}
