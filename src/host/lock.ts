/** One process of this machine at a time works on a path; the others wait, say for whom, and not for ever. */

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { RasvmError } from '../core/errors.ts';
import { log } from '../core/log.ts';
import { sleep } from '../core/sleep.ts';
import { type Owner, ownerName, removeOwned, self, takeOwnership } from './ownership.ts';

/**
 * ms: between two looks; until it is said who is waited for; until it is given up. Building an image takes
 * minutes.
 */
const WAIT = { poll: 200, said: 5000, most: 30 * 60_000 } as const;

export type LockLimits = Readonly<Record<keyof typeof WAIT, number>>;

/**
 * Works on `path` while no other process does. PATH.lock/ is the lock, owned as ownership.ts has it: one of
 * a dead process is taken over, and only who may write beside `path` can hold it.
 * @param limits ms, for tests
 * @throws RasvmError LAB when another process has worked on it for too long; FILE where no lock can be made
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  limits: LockLimits = WAIT,
): Promise<T> {
  const lock = `${path}.lock`;
  const began = performance.now();
  let said = false;
  for (let owner = take(lock); owner !== undefined; owner = take(lock)) {
    const waited = performance.now() - began;
    if (waited > limits.most)
      throw new RasvmError(
        'LAB',
        `process ${owner.pid} has worked on ${path} for more than ${Math.round(limits.most / 60_000)} min: ` +
          `wait for it, or end it; where there is none (it was in a container that is gone), remove ${lock}`,
      );
    if (!said && waited > limits.said) {
      log.warn(`waits for process ${owner.pid}, which works on ${path}`);
      said = true;
    }
    await sleep(limits.poll);
  }
  // It is there for as long as this process lives: one that ends in between gives it back by that.
  try {
    return await work();
  } finally {
    removeOwned(lock, ownerName(self()));
  }
}

function take(lock: string): Owner | undefined {
  try {
    mkdirSync(dirname(lock), { recursive: true });
    return takeOwnership(lock);
  } catch (cause) {
    throw new RasvmError('FILE', `${lock} cannot be made: ${(cause as Error).message}`, { cause });
  }
}
