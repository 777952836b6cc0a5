/**
 * Puts the arm64 build into a lab, as /opt/rasvm: as a copy, because a file that is opened over 9p costs an
 * emulated host tens of milliseconds, and anew when it has changed outside, because developers build.
 */

import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { RasvmError } from '../core/errors.ts';
import { recipeHash } from '../host/cache.ts';
import { run } from '../host/run.ts';
import type { ExecOptions, LabProcess } from './channel.ts';

/** A lab, or the channel to one. */
export interface Executor {
  exec(argv: readonly string[], options?: ExecOptions): LabProcess;
}

/** $1 is the build's directory; it gets its name when it is whole. Older ones stay: a command may still run from them. */
const UNPACK = `set -e
[ -d "$1" ] || { mkdir -p "$1.$$"; tar -x -C "$1.$$"; mv -T "$1.$$" "$1"; }
ln -s "$1" "/opt/rasvm.$$"
mv -T "/opt/rasvm.$$" /opt/rasvm`;

/** Brings /opt/rasvm in the lab to the state of `directory`; does nothing when that does not exist. @throws RasvmError LAB */
export async function syncBundle(lab: Executor, directory: string): Promise<void> {
  const stamp = await bundleStamp(directory);
  if (stamp === undefined) return;
  const target = `/run/rasvm-build/${stamp}`;
  const asked = await finish(lab.exec(['readlink', '/opt/rasvm'], { cwd: '/' }));
  if (asked.output.trim() === target) return;
  const tar = await run('tar', ['-c', '-C', directory, '.']);
  const { status, errors } = await finish(lab.exec(['sh', '-c', UNPACK, 'sh', target], { cwd: '/' }), tar);
  if (status !== 0)
    throw new RasvmError('LAB', `${directory} cannot be copied into the lab: ${errors.trim()}`);
}

/** Another value for every change of a file's name, size, mode or time; undefined when there is no such directory. */
export async function bundleStamp(directory: string): Promise<string | undefined> {
  const names = await readdir(directory, { recursive: true }).catch(() => undefined);
  if (names === undefined) return undefined;
  const files = await Promise.all(
    names.sort().map(async (name) => {
      const { size, mode, mtimeMs } = await lstat(join(directory, name));
      return [name, size, mode, mtimeMs];
    }),
  );
  return recipeHash(files);
}

async function finish(
  command: LabProcess,
  input?: Buffer,
): Promise<{ status: number; output: string; errors: string }> {
  command.stdin.on('error', () => {});
  command.stdin.end(input);
  const [exit, output, errors] = await Promise.all([
    command.exit,
    text(command.stdout),
    text(command.stderr),
  ]);
  return { status: exit.status, output, errors };
}
