/** What the lab takes from the machine's own distribution, by Debian package. */

import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import packages from '../../scripts/system-packages.json' with { type: 'json' };
import { RasvmError } from '../core/errors.ts';

/** An entry of the list that the set-up (scripts/setup.mjs) installs. */
export interface SystemPackage {
  /** The Debian package. */
  readonly package: string;
  /** What of it is looked for: a program in PATH, or a file's absolute path. */
  readonly provides: string;
  readonly purpose: string;
  /** Only on machines of this architecture (process.arch). */
  readonly on?: string;
  /** The lab needs it; others are for building and testing. */
  readonly lab?: boolean;
}

const list: readonly SystemPackage[] = packages;
const LAB_PACKAGES = list.filter(({ lab, on = process.arch }) => lab && on === process.arch);

/** The C compiler that makes arm64 programs here. */
export const CROSS_COMPILER = process.arch === 'arm64' ? 'gcc' : 'aarch64-linux-gnu-gcc';

/** mke2fs stands where only root's PATH has it. */
const SEARCH = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];

/** Absolute path of a program. @throws RasvmError LAB that names the package to install. */
export function findProgram(program: string): string {
  const found = SEARCH.map((directory) => join(directory, program)).find(isExecutable);
  if (found) return found;
  const name = list.find((candidate) => candidate.provides === program)?.package ?? program;
  throw new RasvmError('LAB', `${program} is missing: sudo apt-get install ${name}`);
}

/** Those that are not installed. */
export function missingSystemPackages(): SystemPackage[] {
  return LAB_PACKAGES.filter(({ provides }) =>
    isAbsolute(provides)
      ? !existsSync(provides)
      : !SEARCH.some((directory) => isExecutable(join(directory, provides))),
  );
}

/** Says everything that is missing at once. @throws RasvmError LAB with the apt command. */
export function checkSystemPackages(): void {
  const missing = missingSystemPackages();
  if (missing.length === 0) return;
  const what = missing.map(({ provides, purpose }) => `${provides} (${purpose})`).join(', ');
  throw new RasvmError(
    'LAB',
    `the lab needs ${what}: sudo apt-get install ${missing.map((each) => each.package).join(' ')}`,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
