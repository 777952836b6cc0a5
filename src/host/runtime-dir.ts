/** Where running machines are found: a directory of the user's own, mode 0700. */

import { lstatSync, mkdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { RasvmError } from '../core/errors.ts';

/** $XDG_RUNTIME_DIR/rasvm; without it /run/rasvm for root and /tmp/rasvm-UID for others. */
export function runtimeDirectory(
  environment: NodeJS.ProcessEnv = process.env,
  uid = process.getuid!(),
): string {
  const base = environment.XDG_RUNTIME_DIR;
  // A login by su keeps the variable of a user whose directory may be gone: then it counts as unset.
  if (base?.startsWith('/') && statSync(base, { throwIfNoEntry: false })?.isDirectory())
    return join(base, 'rasvm');
  return uid === 0 ? '/run/rasvm' : `/tmp/rasvm-${uid}`;
}

/**
 * Makes the directory if need be, and checks that nobody else can have put a socket there. Throws FILE.
 * @param uid the owner that it must have.
 */
export function openRuntimeDirectory(path = runtimeDirectory(), uid = process.getuid!()): string {
  try {
    mkdirSync(path, { mode: 0o700, recursive: true });
  } catch (error) {
    throw unusable(path, (error as Error).message, error);
  }
  checkOwnership(path, lstatSync(path), uid);
  return path;
}

/** As openRuntimeDirectory, for those who only look: undefined if there is none. */
export function findRuntimeDirectory(path = runtimeDirectory(), uid = process.getuid!()): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return undefined;
  checkOwnership(path, stats, uid);
  return path;
}

function checkOwnership(path: string, stats: Stats, uid: number): void {
  if (!stats.isDirectory()) throw unusable(path, 'it is not a directory');
  if (stats.uid !== uid) throw unusable(path, `it belongs to user ${stats.uid}`);
  if ((stats.mode & 0o077) !== 0) throw unusable(path, 'others may enter it; chmod 700 it');
}

function unusable(path: string, why: string, cause?: unknown): RasvmError {
  return new RasvmError(
    'FILE',
    `the runtime directory ${path} cannot be used: ${why}; or set XDG_RUNTIME_DIR to a directory of your own`,
    { cause },
  );
}
