/** What `--kernel` takes: an Image, the directory of a kernel's build, Debian's kernel of a series. */

import { closeSync, existsSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { RasvmError } from '../../core/errors.ts';
import { openKernel } from '../../firmware/image.ts';
import type { CaseKernel } from '../run/case.ts';
import { releaseOf } from '../run/plan.ts';
import { embeddedConfig } from './embedded-config.ts';
import { KernelConfig } from './ras-config.ts';

/**
 * Its name is what stands before the '=', or the whole text; the Image may be compressed as rasvm reads it.
 */
export interface KernelSource extends CaseKernel {
  /** What the user should know. */
  notes: string[];
}

/** Below a build's directory, the best first. */
const BOOT = join('arch', 'arm64', 'boot');
const IMAGES = ['Image', 'vmlinuz.efi', 'Image.gz'];

/**
 * @param text `PATH`, `debian:SERIES`, or either behind `NAME=`
 * @param debian the Image of a name like `debian:6.12`
 * @param directory that a path starts from
 * @throws RasvmError FILE, KERNEL_FORMAT that say what to give instead, and those of `debian`
 */
export async function kernelSource(
  text: string,
  debian: (name: string) => Promise<string>,
  directory = '.',
): Promise<KernelSource> {
  const { name, what } = split(text, directory);
  if (what.startsWith('debian:')) return described(name, await debian(what), what);
  const path = resolvePath(directory, what);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found)
    throw new RasvmError(
      'FILE',
      `--kernel ${path}: there is no such file; give an arm64 Image, the directory of a kernel's build, or debian:6.12`,
    );
  return found.isDirectory() ? fromBuild(name, path) : described(name, path);
}

/** A path stays as it was given where it can. */
function resolvePath(directory: string, path: string): string {
  return directory === '.' ? path : resolve(directory, path);
}

/** A name may be a path, and a path may have a '=': what stands behind the right one is there. */
function split(text: string, directory: string): { name: string; what: string } {
  const isThere = (path: string) => existsSync(resolvePath(directory, path));
  if (!isThere(text)) {
    for (let at = text.indexOf('=', 1); at > 0; at = text.indexOf('=', at + 1)) {
      const what = text.slice(at + 1);
      if (what.startsWith('debian:') || isThere(what)) return { name: text.slice(0, at), what };
    }
  }
  return { name: text, what: text };
}

function fromBuild(name: string, directory: string): KernelSource {
  const configPath = join(directory, '.config');
  const config = readConfig(configPath);
  if (config && config.get('ARM64') !== 'y')
    throw new RasvmError(
      'KERNEL_FORMAT',
      `--kernel ${directory}: its .config is not for arm64; give the directory of an arm64 build (make ARCH=arm64)`,
    );
  const image = IMAGES.map((each) => join(directory, BOOT, each)).find(existsSync);
  if (image === undefined) {
    const kernel = config !== undefined || existsSync(join(directory, 'Kbuild'));
    throw new RasvmError(
      'FILE',
      kernel
        ? `--kernel ${directory}: there is no ${BOOT}/Image yet; build it (make ARCH=arm64 Image), or give the directory that O= named`
        : `--kernel ${directory}: this is no directory of a kernel's build, as it has no ${BOOT}/Image; give one, or an Image`,
    );
  }
  return described(name, image);
}

/** @param image of a file that is there */
function described(name: string, image: string, again = resolve(image)): KernelSource {
  checkImage(image);
  const path = configPaths(image).find(isFile);
  const config = path === undefined ? embeddedConfig(image) : readConfig(path);
  const release = releaseOf(image) ?? builtRelease(image);
  const notes: string[] = [];
  if (path !== undefined && isBuilt(image) && statSync(path).mtimeMs > statSync(image).mtimeMs)
    notes.push(`${path} is newer than ${image}: what was changed in it is not in this kernel yet`);
  return {
    name,
    image,
    again,
    ...(release !== undefined && { release }),
    ...(config && { config }),
    notes,
  };
}

function checkImage(image: string): void {
  let fd: number;
  try {
    fd = openSync(image, 'r');
  } catch (cause) {
    throw new RasvmError('FILE', `--kernel ${image} cannot be read: ${(cause as Error).message}`, { cause });
  }
  try {
    openKernel(fd, fstatSync(fd).size, image);
  } finally {
    closeSync(fd);
  }
}

function isBuilt(image: string): boolean {
  return resolve(dirname(image)).endsWith(`/${BOOT}`);
}

/** The directory of the build that an Image stands in. */
function buildOf(image: string): string {
  return resolve(dirname(image), '..', '..', '..');
}

/**
 * Where a kernel's configuration is: in its build, beside it as distributions install it, or as Debian's
 * cache has it.
 */
function configPaths(image: string): string[] {
  if (isBuilt(image)) return [join(buildOf(image), '.config')];
  const version = /^(?:vmlinu[zx]|Image)-(.+)$/.exec(basename(image))?.[1];
  return [
    ...(version === undefined ? [] : [join(dirname(image), `config-${version}`)]),
    join(dirname(image), 'config'),
  ];
}

/** What a build calls its kernel, for an Image that is compressed. */
function builtRelease(image: string): string | undefined {
  const path = join(buildOf(image), 'include', 'config', 'kernel.release');
  return isBuilt(image) && existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

function readConfig(path: string): KernelConfig | undefined {
  return isFile(path) ? new KernelConfig(readFileSync(path, 'utf8')) : undefined;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
