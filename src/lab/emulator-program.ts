/**
 * The lab's emulator: Debian 13's QEMU with its libraries, from the archive, whatever the machine itself has. Before QEMU 8.0
 * no emulated CPU has FEAT_EVT, and KVM then traps each read of CTR_EL0: 90,000 of the 97,000 exits of a guest's boot.
 */

import { join } from 'node:path';
import { RasvmError } from '../core/errors.ts';
import { Archive, type Suite, withFreshLists } from '../debian/archive.ts';
import { buildOnce, cacheDirectory, recipeHash } from '../host/cache.ts';
import type { Progress } from '../host/progress.ts';
import { run } from '../host/run.ts';

const SUITE: Suite = 'trixie';
const PACKAGES = ['qemu-system-arm'];
/** Raised when this file makes something else of the packages. */
const RECIPE_VERSION = 1;

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
  const tree = await buildOnce(directory, async (into) => {
    const debs = await withFreshLists(async (maxAge) => {
      const archive = await Archive.open(SUITE, progress, maxAge, architecture);
      return archive.download(await archive.resolve(PACKAGES), progress);
    });
    progress.step("Unpacking the lab's emulator", debs.length);
    for (const deb of debs) {
      await run('dpkg-deb', ['-x', deb, into]);
      progress.advance(1);
    }
    progress.end();
  });
  const at = join(tree, libraries);
  return [
    ...[join(at, loader), '--library-path', at],
    ...[join(tree, 'usr/bin/qemu-system-aarch64'), '-L', join(tree, 'usr/share/qemu')],
  ];
}
