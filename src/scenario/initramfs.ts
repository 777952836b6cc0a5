/** The test guest's initramfs: one static program (native/guest) and a console, nothing else. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { RasvmError } from '../errors.ts';
import { cpio } from '../lab/cpio.ts';

/** Where a bundle carries the initramfs, under the bundle's root. */
export const SHIPPED_INITRAMFS = join('share', 'guest-initramfs.cpio');

const SOURCES = join('native', 'guest');
const FLAGS = ['-std=c11', '-Os', '-static', '-s', '-Wall', '-Wextra', '-Werror'];
const COMPILER = process.arch === 'arm64' ? 'cc' : 'aarch64-linux-gnu-gcc';

/** The nearest directory at or above this module that holds `path`. */
function findAbove(path: string): string | undefined {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    if (existsSync(join(at, path))) return join(at, path);
    if (at === dirname(at)) return undefined;
  }
}

function cacheDirectory(): string {
  if (process.env.RASVM_CACHE) return process.env.RASVM_CACHE;
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'rasvm');
}

async function compile(sources: string, files: readonly string[], output: string): Promise<void> {
  const inputs = files.filter((file) => file.endsWith('.c')).map((file) => join(sources, file));
  try {
    await promisify(execFile)(COMPILER, [...FLAGS, '-o', output, ...inputs]);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const hint = missing
      ? `${COMPILER} is missing: install gcc${process.arch === 'arm64' ? '' : '-aarch64-linux-gnu'} and its libc6-dev`
      : String((cause as { stderr?: string }).stderr ?? cause).split('\n')[0];
    throw new RasvmError('FILE', `the test guest's program cannot be built: ${hint}`, { cause });
  }
}

/** The archive around a guest program: /init, /dev and /dev/console (which the kernel opens for /init). */
export function guestArchive(init: Uint8Array): Buffer {
  return cpio([
    { path: 'dev' },
    { path: 'dev/console', device: [5, 1] },
    { path: 'init', mode: 0o755, data: init },
  ]);
}

/**
 * Builds the initramfs from native/guest, or takes it from the cache ($RASVM_CACHE, $XDG_CACHE_HOME/rasvm or
 * ~/.cache/rasvm), where it stands under the hash of its sources.
 *
 * @returns the path of the uncompressed cpio archive (it boots faster than a compressed one).
 */
async function buildInitramfs(sources: string): Promise<string> {
  const files = (await readdir(sources)).filter((file) => /\.[ch]$/.test(file)).sort();
  const hash = createHash('sha256').update([COMPILER, ...FLAGS].join('\0'));
  for (const file of files) hash.update(`\0${file}\0`).update(await readFile(join(sources, file)));
  const path = join(cacheDirectory(), `guest-initramfs-${hash.digest('hex').slice(0, 16)}.cpio`);
  if (existsSync(path)) return path;

  await mkdir(dirname(path), { recursive: true });
  const work = await mkdtemp(join(dirname(path), 'guest-'));
  try {
    await compile(sources, files, join(work, 'init'));
    await writeFile(join(work, 'cpio'), guestArchive(await readFile(join(work, 'init'))));
    // Renamed only when whole: another process may be looking for it.
    await rename(join(work, 'cpio'), path);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return path;
}

/** Path of the test guest's initramfs: the one the bundle ships, else one built from native/guest. */
export async function guestInitramfs(): Promise<string> {
  const shipped = findAbove(SHIPPED_INITRAMFS);
  if (shipped) return shipped;
  const sources = findAbove(SOURCES);
  if (!sources) throw new RasvmError('FILE', `${SHIPPED_INITRAMFS} is missing: make the bundle again`);
  return buildInitramfs(sources);
}
