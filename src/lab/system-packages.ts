/** What the lab takes from the machine's own distribution, by Debian package. */

import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { RasvmError } from '../errors.ts';

export interface SystemPackage {
  /** The Debian package. */
  readonly name: string;
  /** What of it is looked for: a program in PATH, or a file's absolute path. */
  readonly provides: string;
  readonly purpose: string;
}

const arm64 = process.arch === 'arm64';

/** The C compiler that makes arm64 programs here. */
export const CROSS_COMPILER = arm64 ? 'gcc' : 'aarch64-linux-gnu-gcc';

export const SYSTEM_PACKAGES: readonly SystemPackage[] = [
  { name: 'qemu-system-arm', provides: 'qemu-system-aarch64', purpose: 'emulates the arm64 KVM host' },
  {
    name: arm64 ? 'gcc' : 'gcc-aarch64-linux-gnu',
    provides: CROSS_COMPILER,
    purpose: "compiles the lab's agent and the guests' helpers for arm64",
  },
  {
    name: arm64 ? 'libc6-dev' : 'libc6-dev-arm64-cross',
    provides: arm64 ? '/usr/lib/aarch64-linux-gnu/libc.a' : '/usr/aarch64-linux-gnu/lib/libc.a',
    purpose: 'the C library that they are linked with',
  },
  { name: 'e2fsprogs', provides: 'mke2fs', purpose: "makes the lab's root file system, without root" },
  { name: 'xz-utils', provides: 'xz', purpose: 'unpacks kernel modules' },
  { name: 'util-linux', provides: 'setpriv', purpose: 'ties the emulator to the life of its supervisor' },
  { name: 'dpkg', provides: 'dpkg-deb', purpose: 'unpacks Debian packages' },
  { name: 'apt', provides: 'apt-get', purpose: 'finds and downloads Debian packages' },
];

/** mke2fs stands where only root's PATH has it. */
const SEARCH = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];

/** Absolute path of a program. @throws RasvmError LAB that names the package to install. */
export function findProgram(program: string): string {
  const found = SEARCH.map((directory) => join(directory, program)).find(isExecutable);
  if (found) return found;
  const name = SYSTEM_PACKAGES.find((candidate) => candidate.provides === program)?.name ?? program;
  throw new RasvmError('LAB', `${program} is missing: sudo apt-get install ${name}`);
}

/** Those that are not installed. */
export function missingSystemPackages(): SystemPackage[] {
  return SYSTEM_PACKAGES.filter(({ provides }) =>
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
    `the lab needs ${what}: sudo apt-get install ${missing.map(({ name }) => name).join(' ')}`,
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
