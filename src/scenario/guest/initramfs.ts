/** The test guest's initramfs: one static program (native/guest), a console, and files on request. */

import { execFile } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cpio } from '@rasvm/acpi/io/cpio';
import { RasvmError } from '../../core/errors.ts';
import { buildOnce, cacheDirectory, recipeHash } from '../../host/cache.ts';
import { findAbove } from '../installation.ts';

/** Where a bundle carries the initramfs, under the bundle's root. */
export const SHIPPED_INITRAMFS = join('share', 'guest-initramfs.cpio');

const COMPILER = process.arch === 'arm64' ? 'cc' : 'aarch64-linux-gnu-gcc';
const FLAGS = ['-std=c11', '-Os', '-static', '-s', '-pthread', '-Wall', '-Wextra', '-Werror'];

/** The archive around a guest program: /init, /dev and /dev/console (which the kernel opens for /init). */
export function guestArchive(init: Uint8Array): Uint8Array {
  return cpio([
    { path: 'dev' },
    { path: 'dev/console', device: [5, 1] },
    { path: 'init', mode: 0o755, data: init },
  ]);
}

/**
 * An initramfs with more files in it: the kernel unpacks archives that follow one another, each at a multiple
 * of four.
 */
export function withFiles(archive: Uint8Array, files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const paths = Object.keys(files).map((path) => path.replace(/^\/+/, ''));
  const directories = new Set(
    paths.flatMap((path) => [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index))),
  );
  const more = cpio([
    ...[...directories].map((path) => ({ path })),
    ...Object.values(files).map((data, i) => ({ path: paths[i]!, mode: 0o755, data })),
  ]);
  return Buffer.concat([archive, new Uint8Array(-archive.length & 3), more]);
}

async function compile(inputs: readonly string[], output: string): Promise<void> {
  try {
    await promisify(execFile)(COMPILER, [...FLAGS, '-o', output, ...inputs]);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const hint = missing
      ? `install ${process.arch === 'arm64' ? 'gcc' : 'gcc-aarch64-linux-gnu'} (${COMPILER} is not there)`
      : String((cause as { stderr?: string }).stderr ?? cause).split('\n')[0];
    throw new RasvmError('FILE', `the test guest's program cannot be built: ${hint}`, { cause });
  }
}

/**
 * Builds the initramfs from the C files in `sources`, or takes it from the cache, where it stands under the
 * hash of all that goes into it. Uncompressed: that boots faster.
 *
 * @returns its path. Rejects with FILE when it cannot be compiled.
 */
export async function buildInitramfs(sources: string): Promise<string> {
  const names = (await readdir(sources)).filter((name) => /\.[ch]$/.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(sources, name), 'utf8')));
  const recipe = recipeHash([COMPILER, FLAGS, names, texts]);
  const directory = await buildOnce(join(cacheDirectory(), 'guest', recipe), async (into) => {
    const program = join(into, 'init');
    const inputs = names.filter((name) => name.endsWith('.c')).map((name) => join(sources, name));
    await compile(inputs, program);
    await writeFile(join(into, 'initramfs.cpio'), guestArchive(await readFile(program)));
    await rm(program);
  });
  return join(directory, 'initramfs.cpio');
}

/** Path of the test guest's initramfs: the one the bundle ships, else one built from native/guest. */
export async function guestInitramfs(): Promise<string> {
  const shipped = findAbove(SHIPPED_INITRAMFS);
  if (shipped) return shipped;
  const sources = findAbove(join('native', 'guest'));
  if (!sources) throw new RasvmError('FILE', `${SHIPPED_INITRAMFS} is missing: make the bundle again`);
  return buildInitramfs(sources);
}
