/** Things that are made once and kept: built aside, checked when used, made again when found damaged. */

import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { withLock } from './lock.ts';

/** $RASVM_CACHE, or rasvm/ in the user's cache directory (XDG Base Directory Specification). */
export function cacheDirectory(): string {
  const { RASVM_CACHE, XDG_CACHE_HOME } = process.env;
  return RASVM_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'rasvm');
}

/** A short name for anything that JSON can hold; the same value gives the same name. */
export function recipeHash(recipe: unknown): string {
  return createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 16);
}

export async function fileSha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

interface ManifestEntry {
  readonly file: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly sha256: string;
}

const MANIFEST = 'manifest.json';

/**
 * Gives `directory`, made by `build` if it is not there or no longer what `build` made. `build` fills an empty
 * directory beside it, which takes its place in one rename: nobody ever sees a half-made one. Of several
 * processes one builds, the others wait for it. The manifest holds the files right in the directory: a tree below
 * it (a thousand kernel modules) is not looked at each time.
 */
export async function buildOnce(directory: string, build: (into: string) => Promise<void>): Promise<string> {
  if (await isIntact(directory)) return directory;
  await mkdir(dirname(directory), { recursive: true });
  await withLock(directory, async () => {
    if (await isIntact(directory)) return;
    await removeLeftovers(directory);
    const temporary = `${directory}.new-${randomBytes(4).toString('hex')}`;
    await mkdir(temporary);
    try {
      await build(temporary);
      await writeFile(join(temporary, MANIFEST), JSON.stringify(await describe(temporary)));
      await rm(directory, { recursive: true, force: true });
      await rename(temporary, directory);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  });
  return directory;
}

/** Sizes and times are compared each time; contents too when a time has changed (a copied cache). */
export async function isIntact(directory: string): Promise<boolean> {
  try {
    const manifest = JSON.parse(await readFile(join(directory, MANIFEST), 'utf8')) as ManifestEntry[];
    for (const { file, size, mtimeMs, sha256 } of manifest) {
      const path = join(directory, file);
      const found = await stat(path);
      if (found.size !== size) return false;
      if (Math.trunc(found.mtimeMs) === mtimeMs) continue;
      if ((await fileSha256(path)) !== sha256) return false;
      await utimes(path, new Date(mtimeMs), new Date(mtimeMs));
    }
    return true;
  } catch {
    return false;
  }
}

async function describe(directory: string): Promise<ManifestEntry[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(directory, entry.name));
  return Promise.all(
    files.map(async (path) => {
      const { size, mtimeMs } = await stat(path);
      return {
        file: path.slice(directory.length + 1),
        size,
        mtimeMs: Math.trunc(mtimeMs),
        sha256: await fileSha256(path),
      };
    }),
  );
}

/** A build that was killed has left its directory; with the lock held nobody works in it. */
async function removeLeftovers(directory: string): Promise<void> {
  const parent = dirname(directory);
  const prefix = `${basename(directory)}.new-`;
  const left = (await readdir(parent)).filter((name) => name.startsWith(prefix));
  await Promise.all(left.map((name) => rm(join(parent, name), { recursive: true, force: true })));
}
