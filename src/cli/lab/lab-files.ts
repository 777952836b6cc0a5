/**
 * The caller's files as a command in the lab finds them: below the share, in the cache of kernels, or
 * carried in.
 */

import { randomBytes } from 'node:crypto';
import { createReadStream, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { finished, pipeline } from 'node:stream/promises';
import { RasvmError } from '../../core/errors.ts';
import { kernelsDirectory } from '../../debian/kernel-cache.ts';
import { recipeHash } from '../../host/cache.ts';
import { run } from '../../host/run.ts';
import type { Executor } from '../../lab/bundle.ts';
import type { LabProcess } from '../../lab/channel.ts';
import { insideShare } from '../../lab/options.ts';
import { LAB_KERNELS } from '../../scenario/kernel/kernels.ts';

/** $1 is the file; it gets its name when it is whole, and stays while the lab does. */
const TAKE = `set -e
mkdir -p "\${1%/*}"
cat > "$1.$$"
mv "$1.$$" "$1"`;

/** $1 is the pipe. Whoever writes waits for it to be read, and ends it by that. */
const MAKE_PIPE = `set -e
mkdir -p "\${1%/*}"
mkfifo "$1"`;

/** $1 is the directory, with what was made there; it is gone then. */
const GIVE = `set -e
cd "$1"
tar -cf - .
rm -rf "$1"`;

/** Files of a caller, below which the lab has them while it lives. */
const CARRIED = '/run/rasvm-files';

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
  readonly #pipes: { reader: LabProcess; whole: Promise<void> }[] = [];
  /** Directories in the lab with what is to be brought out, and where to. */
  readonly #results = new Map<string, string>();

  constructor(lab: Executor, share: string) {
    this.#lab = lab;
    this.#share = share;
  }

  /**
   * The path in the lab of a file that is read; brings it in if need be.
   * @param beside paths of files, from the file's directory, that it needs to have beside it there too
   * @throws RasvmError LAB
   */
  async input(path: string, beside: readonly string[] = []): Promise<string> {
    const seen = seenInLab(path, this.#share);
    if (seen !== undefined) return seen;
    const { size, mtimeMs } = statSync(path);
    const inside = `${CARRIED}/${recipeHash([realpathSync(path), size, mtimeMs])}/${basename(path)}`;
    const there = this.#lab.exec(['test', '-e', inside], { cwd: '/' });
    if ((await there.exit).status !== 0) await this.#carry(path, createReadStream(path), inside);
    for (const each of beside) {
      const other = join(dirname(path), each);
      await this.#carry(other, createReadStream(other), join(dirname(inside), each));
    }
    return inside;
  }

  /** The path in the lab of a file that it has from here on. @throws RasvmError LAB */
  async content(name: string, content: string): Promise<string> {
    const inside = `${CARRIED}/${fresh()}/${name}`;
    await this.#carry(name, Readable.from([content]), inside);
    return inside;
  }

  /**
   * The path in the lab of a pipe whose content comes here at once, so that what was written is not lost
   * with the lab.
   * @throws RasvmError LAB_DIED or LAB
   */
  async pipe(name: string, take: (text: string) => void): Promise<string> {
    const inside = `${CARRIED}/${fresh()}/${name}`;
    // It is there before anybody opens it, who would make a file in its place.
    const make = this.#lab.exec(['sh', '-c', MAKE_PIPE, 'sh', inside], { cwd: '/' });
    make.stdin.end();
    const [words, { status }] = await Promise.all([text(make.stderr), make.exit]);
    if (status !== 0) throw new RasvmError('LAB', `the lab cannot make ${inside}: ${words.trim()}`);
    const reader = this.#lab.exec(['cat', inside], { cwd: '/' });
    reader.stdin.on('error', () => {}).end();
    reader.stderr.resume();
    const whole = finished(reader.stdout.setEncoding('utf8').on('data', take)).catch(() => {});
    reader.exit.catch(() => {});
    this.#pipes.push({ reader, whole });
    return inside;
  }

  /** Ends the pipes, when all that was written has come. */
  async close(): Promise<void> {
    for (const { reader, whole } of this.#pipes.splice(0)) {
      reader.hangup();
      await whole;
    }
  }

  /** The path in the lab of a file that is written while others look at it. @throws RasvmError FILE */
  output(option: string, path: string): string {
    const inside = this.#shared(option, path);
    if (inside !== undefined) return inside;
    throw new RasvmError(
      'FILE',
      `${option} ${path}: the lab writes only below ${this.#share}; give a path there, or run in another directory`,
    );
  }

  /**
   * The path in the lab of a file or directory that is made anywhere here, at the latest by
   * {@link bringOut}. @throws RasvmError FILE
   */
  async result(option: string, path: string): Promise<string> {
    const shared = this.#shared(option, path);
    if (shared !== undefined) return shared;
    const directory = `${CARRIED}/${fresh()}`;
    await this.#lab.exec(['mkdir', '-p', directory], { cwd: '/' }).exit;
    this.#results.set(directory, dirname(resolve(path)));
    return `${directory}/${basename(path)}`;
  }

  /** Brings results here that the lab could not write here itself. @throws RasvmError LAB */
  async bringOut(): Promise<void> {
    for (const [inside, directory] of this.#results) {
      const command = this.#lab.exec(['sh', '-c', GIVE, 'sh', inside], { cwd: '/' });
      command.stdin.end();
      const [archive, words, { status }] = await Promise.all([
        buffer(command.stdout),
        text(command.stderr),
        command.exit,
      ]);
      if (status !== 0)
        throw new RasvmError(
          'LAB',
          `what is for ${directory} cannot be copied out of the lab: ${words.trim()}`,
        );
      await run('tar', ['-x', '--no-same-owner', '--no-overwrite-dir', '-C', directory, '-f', '-'], {
        input: archive,
      });
    }
    this.#results.clear();
  }

  /** Undefined where the lab does not see it. */
  #shared(option: string, path: string): string | undefined {
    const full = resolve(path);
    const directory = statSync(dirname(full), { throwIfNoEntry: false });
    if (!directory?.isDirectory())
      throw new RasvmError('FILE', `${option} ${path}: there is no such directory`);
    return insideShare(realpathSync(this.#share), join(realpathSync(dirname(full)), basename(full)));
  }

  async #carry(path: string, content: Readable, inside: string): Promise<void> {
    const command = this.#lab.exec(['sh', '-c', TAKE, 'sh', inside], { cwd: '/' });
    command.stdout.resume();
    // A command that ends early ends its input too; its own words say why.
    const sent = pipeline(content, command.stdin).catch((error: Error) => error);
    const [{ status }, words] = await Promise.all([command.exit, text(command.stderr)]);
    const failure = await sent;
    if (status === 0 && !failure) return;
    const why = words.trim() || failure?.message || `status ${status}`;
    throw new RasvmError('LAB', `${path} cannot be copied into the lab: ${why}`);
  }
}

function fresh(): string {
  return randomBytes(8).toString('hex');
}
