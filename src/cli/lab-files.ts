/**
 * The caller's files as a command in the lab finds them: below the share, in the cache of kernels, or carried in.
 */

import { createReadStream, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { kernelsDirectory } from '../debian/kernel-cache.ts';
import { RasvmError } from '../errors.ts';
import { recipeHash } from '../host/cache.ts';
import type { Executor } from '../lab/bundle.ts';
import { insideShare } from '../lab/options.ts';
import { LAB_KERNELS } from '../scenario/kernels.ts';

/** $1 is the file; it gets its name when it is whole, and stays while the lab does. */
const TAKE = `set -e
mkdir -p "\${1%/*}"
cat > "$1.$$"
mv "$1.$$" "$1"`;

/** The path in the lab of an existing file that the lab sees anyway. */
export function seenInLab(path: string, share: string, kernels = kernelsDirectory()): string | undefined {
  const real = realpathSync(path);
  const shared = insideShare(realpathSync(share), real);
  if (shared !== undefined) return shared;
  const inCache = relative(kernels, real);
  return inCache.startsWith('..') ? undefined : join(LAB_KERNELS, inCache);
}

export class LabFiles {
  readonly #lab: Executor;
  readonly #share: string;

  constructor(lab: Executor, share: string) {
    this.#lab = lab;
    this.#share = share;
  }

  /** The path in the lab of a file that is read; brings it in if need be. @throws RasvmError LAB */
  async input(path: string): Promise<string> {
    const seen = seenInLab(path, this.#share);
    if (seen !== undefined) return seen;
    const { size, mtimeMs } = statSync(path);
    const inside = `/run/rasvm-files/${recipeHash([realpathSync(path), size, mtimeMs])}/${basename(path)}`;
    const there = this.#lab.exec(['test', '-e', inside], { cwd: '/' });
    if ((await there.exit).status !== 0) await this.#carry(path, inside);
    return inside;
  }

  /** The path in the lab of a file that is written. @throws RasvmError FILE */
  output(option: string, path: string): string {
    const full = resolve(path);
    const directory = statSync(dirname(full), { throwIfNoEntry: false });
    if (!directory?.isDirectory())
      throw new RasvmError('FILE', `${option} ${path}: there is no such directory`);
    const inside = insideShare(realpathSync(this.#share), join(realpathSync(dirname(full)), basename(full)));
    if (inside !== undefined) return inside;
    throw new RasvmError(
      'FILE',
      `${option} ${path}: the lab writes only below ${this.#share}; give a path there, or run in another directory`,
    );
  }

  async #carry(path: string, inside: string): Promise<void> {
    const command = this.#lab.exec(['sh', '-c', TAKE, 'sh', inside], { cwd: '/' });
    command.stdout.resume();
    // A command that ends early ends its input too; its own words say why.
    const sent = pipeline(createReadStream(path), command.stdin).catch((error: Error) => error);
    const [{ status }, words] = await Promise.all([command.exit, text(command.stderr)]);
    const failure = await sent;
    if (status === 0 && !failure) return;
    const why = words.trim() || failure?.message || `status ${status}`;
    throw new RasvmError('LAB', `${path} cannot be copied into the lab: ${why}`);
  }
}
