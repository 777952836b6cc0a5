/** Packages of npm's registry: one version, and of it only the content that was looked at. */

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RasvmError } from '../core/errors.ts';
import { buildOnce, cacheDirectory, recipeHash } from '../host/cache.ts';
import type { Progress } from '../host/progress.ts';
import { run } from '../host/run.ts';

export interface NpmPackage {
  readonly name: string;
  /** Exact. */
  readonly version: string;
  /** SHA-512 of the tarball as in `npm view NAME@VERSION dist.integrity`: `sha512-`, then base64. */
  readonly integrity: string;
}

/** Path of the package's tarball, downloaded once. @throws RasvmError LAB, also when it is not the one asked for */
export async function npmPackage(wanted: NpmPackage, title: string, progress: Progress): Promise<string> {
  const { name, version, integrity } = wanted;
  const id = `${name}@${version}`;
  const directory = join(cacheDirectory(), 'npm', `${id}-${recipeHash(integrity)}`);
  await buildOnce(directory, async (into) => {
    progress.step(`Downloading ${title}`);
    await run('npm', ['pack', '--silent', id, '--pack-destination', into]);
    const found = integrityOf(await readFile(await tarballIn(into)));
    if (found !== integrity)
      throw new RasvmError('LAB', `${id} from npm's registry is ${found}; rasvm takes none but ${integrity}`);
  });
  return tarballIn(directory);
}

async function tarballIn(directory: string): Promise<string> {
  const name = (await readdir(directory)).find((file) => file.endsWith('.tgz'));
  if (name === undefined) throw new RasvmError('LAB', `npm pack wrote no package into ${directory}`);
  return join(directory, name);
}

function integrityOf(content: Uint8Array): string {
  return `sha512-${createHash('sha512').update(content).digest('base64')}`;
}
