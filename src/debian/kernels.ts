/**
 * Debian's arm64 kernels by series. The archive moves, so a series is found by its meaning: 6.1 is
 * bookworm's kernel, 6.12 trixie's, and 7.x is what trixie-backports or sid has today.
 */

import { existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RasvmError } from '../core/errors.ts';
import { buildOnce, isIntact } from '../host/cache.ts';
import { type Progress, silentProgress } from '../host/progress.ts';
import { Archive, type Suite, unpackDebs, withFreshLists } from './archive.ts';
import { describeKernel, type Flavour, type Kernel, kernelsDirectory, versionFile } from './kernel-cache.ts';

export { type Flavour, type Kernel, kernelsDirectory } from './kernel-cache.ts';

export const KERNEL_SERIES = ['6.1', '6.12', '7.2'] as const;
export const DEFAULT_KERNEL_SERIES = '6.12';

/**
 * From Linux 7.2 on, linux-image-* is empty and depends on the others, and the Image stands beside the
 * modules.
 */
const PARTS = ['base', 'image', 'binary', 'modules'] as const;

/**
 * The newest kernel of a series, downloaded once and kept.
 * @throws RasvmError ARCHIVE that names the series there are, when this one is gone.
 */
export async function kernel(
  series: string,
  progress: Progress = silentProgress,
  flavour: Flavour = 'cloud-arm64',
): Promise<Kernel> {
  const pointer = versionFile(series, flavour);
  const known = await readFile(pointer, 'utf8').catch(() => undefined);
  if (known !== undefined && (await isIntact(join(kernelsDirectory(), known))))
    return describeKernel(series, known);
  const choice = await withFreshLists(async (maxAge) => {
    const found = await find(series, flavour, progress, maxAge);
    await install(found.archive, found.choice.version, progress);
    return found.choice;
  });
  await writeFile(`${pointer}.${process.pid}`, choice.version);
  await rename(`${pointer}.${process.pid}`, pointer);
  return describeKernel(series, choice.version);
}

/** Suites in which a series is looked for, the best first. */
export function suitesOf(series: string): readonly Suite[] {
  if (series === '6.1') return ['bookworm'];
  if (series === '6.12') return ['trixie'];
  return ['trixie-backports', 'sid'];
}

async function find(
  series: string,
  flavour: Flavour,
  progress: Progress,
  maxAge: number,
): Promise<{ archive: Archive; choice: Choice }> {
  if (!/^\d+\.\d+$/.test(series))
    throw new RasvmError('USAGE', `${series} is no kernel series: give one like ${KERNEL_SERIES.join(', ')}`);
  const seen: { archive: Archive; versions: string[] }[] = [];
  for (const suite of suitesOf(series)) {
    const archive = await Archive.open(suite, progress, maxAge);
    seen.push({ archive, versions: kernelVersions(await archive.names('linux-'), flavour) });
    const choice = chooseKernel(series, seen.at(-1)!.versions);
    if (choice?.exact) return { archive, choice };
  }
  const choice = chooseKernel(
    series,
    seen.flatMap(({ versions }) => versions),
  );
  if (choice) {
    progress.note(`Debian has no kernel ${series} today: taking ${choice.version}`);
    return { archive: seen.find(({ versions }) => versions.includes(choice.version))!.archive, choice };
  }
  const there = [...new Set(seen.flatMap(({ versions }) => versions.map(seriesOf)))];
  throw new RasvmError(
    'ARCHIVE',
    `Debian has no kernel ${series} today (${suitesOf(series).join(', ')} has ${there.join(', ') || 'none'}): ask for one of these`,
  );
}

/** Versions whose image and modules are both there, from a suite's package names; oldest first. */
export function kernelVersions(names: readonly string[], flavour: Flavour): string[] {
  const have = new Set(names);
  const pattern = new RegExp(`^linux-(?:image|binary)-(\\d+\\.\\d+[^-]*(?:-\\d+)?-${flavour})$`);
  const versions = names.flatMap((name) => {
    const version = pattern.exec(name)?.[1];
    if (version === undefined) return [];
    // An image without the two parts is whole by itself; a part without the other is on its way in or out.
    const binary = have.has(`linux-binary-${version}`);
    const modules = have.has(`linux-modules-${version}`);
    const whole = have.has(`linux-image-${version}`) && !binary && !modules;
    return whole || (binary && modules) ? [version] : [];
  });
  return [...new Set(versions)].sort(compareVersions);
}

export interface Choice {
  readonly version: string;
  /** False when it is of another series of the same major number. */
  readonly exact: boolean;
}

/**
 * The newest version of the series; for 7.x and later else the newest of the nearest series of that major.
 */
export function chooseKernel(series: string, versions: readonly string[]): Choice | undefined {
  const newest = (of: string) =>
    versions
      .filter((version) => seriesOf(version) === of)
      .sort(compareVersions)
      .at(-1);
  const exact = newest(series);
  if (exact !== undefined) return { version: exact, exact: true };
  const [major, minor] = series.split('.').map(Number) as [number, number];
  if (major < 7) return undefined;
  const near = [...new Set(versions.map(seriesOf))]
    .map((candidate) => candidate.split('.').map(Number) as [number, number])
    .filter(([candidate]) => candidate === major)
    .sort(([, a], [, b]) => Math.abs(a - minor) - Math.abs(b - minor) || b - a)[0];
  return near && { version: newest(near.join('.'))!, exact: false };
}

function seriesOf(version: string): string {
  return /^\d+\.\d+/.exec(version)![0];
}

/** By their numbers, in order: 6.1.0-47 before 6.1.0-50, 6.12.94 before 6.12.107. */
export function compareVersions(a: string, b: string): number {
  const numbers = (version: string) => (version.match(/\d+/g) ?? []).map(Number);
  const [x, y] = [numbers(a), numbers(b)];
  const at = x.findIndex((number, index) => number !== y[index]);
  return at < 0 ? x.length - y.length : x[at]! - (y[at] ?? -1);
}

async function install(archive: Archive, version: string, progress: Progress): Promise<void> {
  await buildOnce(join(kernelsDirectory(), version), async (into) => {
    const have = new Set(await archive.names('linux-'));
    const names = PARTS.map((part) => `linux-${part}-${version}`).filter((name) => have.has(name));
    const debs = await archive.download(await archive.find(names), progress);
    const tree = join(into, 'tree');
    await unpackDebs(debs, tree, `Unpacking kernel ${version}`, progress);
    const modules = firstOf(tree, [`usr/lib/modules/${version}`, `lib/modules/${version}`]);
    const image = firstOf(tree, [`boot/vmlinuz-${version}`, `usr/lib/modules/${version}/vmlinuz`]);
    if (modules === undefined || image === undefined)
      throw new RasvmError('ARCHIVE', `the packages of kernel ${version} hold no kernel or no modules`);
    await rename(image, join(into, 'Image'));
    const config = firstOf(tree, [`boot/config-${version}`, `usr/lib/modules/${version}/config`]);
    if (config !== undefined) await rename(config, join(into, 'config'));
    await rename(modules, join(into, 'modules'));
    await rm(tree, { recursive: true });
  });
}

function firstOf(tree: string, paths: readonly string[]): string | undefined {
  return paths.map((path) => join(tree, path)).find((path) => existsSync(path));
}
