/** The user's runtime directory: sockets of labs, and what a lab in this process writes. Nothing in it outlives its owner. */

import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { RasvmError } from '../errors.ts';

/** $XDG_RUNTIME_DIR/rasvm, or /tmp/rasvm-UID; only the user may look into it. @throws RasvmError LAB */
export async function runtimeDirectory(): Promise<string> {
  const { XDG_RUNTIME_DIR } = process.env;
  const { uid } = userInfo();
  const directory = XDG_RUNTIME_DIR ? join(XDG_RUNTIME_DIR, 'rasvm') : join(tmpdir(), `rasvm-${uid}`);
  await mkdir(directory, { mode: 0o700, recursive: true });
  const found = await stat(directory);
  if (found.uid !== uid || (found.mode & 0o077) !== 0)
    throw new RasvmError('LAB', `${directory} is not private to you: remove it or set XDG_RUNTIME_DIR`);
  return directory;
}

/** An empty directory of this process; those of dead processes are removed on the way. */
export async function processDirectory(): Promise<string> {
  const parent = await runtimeDirectory();
  for (const name of await readdir(parent)) {
    const pid = /^lab-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid)))
      await rm(join(parent, name), { recursive: true, force: true });
  }
  return mkdtemp(join(parent, `lab-${process.pid}-`));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
