/** Sockets of labs, and what a lab in this process writes. Nothing in here outlives its owner. */

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openRuntimeDirectory, runtimeDirectory } from '../host/runtime-dir.ts';

/** Beside that of the machines, so that no machine's name is a lab's. @throws RasvmError FILE */
export function labDirectory(): string {
  return openRuntimeDirectory(`${runtimeDirectory()}-lab`);
}

/** An empty directory of this process; those of dead processes are removed on the way. */
export async function processDirectory(): Promise<string> {
  const parent = labDirectory();
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
