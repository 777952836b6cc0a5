/** Sockets of labs, and what a lab in this process writes. Nothing in here outlives its owner. */

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, ownerName, parseOwner, self } from '../host/ownership.ts';
import { openRuntimeDirectory, runtimeDirectory } from '../host/runtime-dir.ts';

/** Beside that of the machines, so that no machine's name is a lab's. @throws RasvmError FILE */
export function labDirectory(): string {
  return openRuntimeDirectory(`${runtimeDirectory()}-lab`);
}

/** An empty directory of this process; those of dead processes are removed on the way. */
export async function processDirectory(): Promise<string> {
  const parent = labDirectory();
  for (const name of await readdir(parent)) {
    const owner = parseOwner(/^lab-([^-]+)-/.exec(name)?.[1] ?? '');
    if (owner && !isAlive(owner)) await rm(join(parent, name), { recursive: true, force: true });
  }
  return mkdtemp(join(parent, `lab-${ownerName(self())}-`));
}
