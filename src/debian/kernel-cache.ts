/**
 * How installed kernels stand in the cache, and in a lab as /kernels:
 *
 *     VERSION/Image    VERSION/modules/    VERSION/config: how it was configured; older caches have none
 *     SERIES-FLAVOUR.version: the VERSION that is the newest of its series
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '../host/cache.ts';

/**
 * `cloud-arm64` is small: the flavour for guests. `arm64-16k` has pages of 16 KiB, `rt-arm64` is the
 * real-time one (PREEMPT_RT). `arm64` has drivers for real machines and the 9p file system, which the lab
 * shares directories by.
 */
export type Flavour = 'cloud-arm64' | 'arm64' | 'arm64-16k' | 'rt-arm64';

/** What may stand behind a series in the name of a guest's kernel, and the flavour that it means. */
const NAMED_FLAVOURS: Readonly<Record<string, Flavour>> = { '16k': 'arm64-16k', rt: 'rt-arm64' };

export interface Kernel {
  /** As asked for, e.g. `6.12`. */
  readonly series: string;
  /** `uname -r`, e.g. `6.12.107+deb13-cloud-arm64`. */
  readonly version: string;
  /** Path of the arm64 Image. */
  readonly image: string;
  /** Path of lib/modules/VERSION; the modules in it are .ko.xz, and there is no modules.dep. */
  readonly modulesDir: string;
}

/**
 * A guest's kernel by name: a series, `6.12`, one with pages of 16 KiB, `6.12-16k`, or a real-time one,
 * `6.12-rt`.
 */
export function guestKernelNamed(name: string): { series: string; flavour: Flavour } {
  const [series = name, suffix = ''] = name.split(/-(?=[^-]*$)/);
  const flavour = NAMED_FLAVOURS[suffix];
  return flavour === undefined ? { series: name, flavour: 'cloud-arm64' } : { series, flavour };
}

/** Where this machine keeps its kernels. */
export function kernelsDirectory(): string {
  return join(cacheDirectory(), 'kernels');
}

/** The file that says which version a series is. */
export function versionFile(series: string, flavour: Flavour, directory = kernelsDirectory()): string {
  return join(directory, `${series}-${flavour}.version`);
}

export function describeKernel(series: string, version: string, directory = kernelsDirectory()): Kernel {
  const at = join(directory, version);
  return { series, version, image: join(at, 'Image'), modulesDir: join(at, 'modules') };
}

/** The kernels of a flavour that are there, sorted by series, oldest first. */
export function installedKernels(flavour: Flavour, directory = kernelsDirectory()): Kernel[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .flatMap((name) => {
      const series = /^(\d+\.\d+)-/.exec(name)?.[1];
      if (series === undefined || join(directory, name) !== versionFile(series, flavour, directory))
        return [];
      const version = readFileSync(join(directory, name), 'utf8').trim();
      const found = describeKernel(series, version, directory);
      return existsSync(found.image) ? [found] : [];
    })
    .sort((a, b) => a.series.localeCompare(b.series, 'en', { numeric: true }));
}
