/**
 * Debian's packages of any architecture on any machine with apt: a private apt (own lists, own cache, own sources) that
 * shares only the machine's connection settings (apt.conf.d), and never touches the machine's own state.
 */

import { access, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RasvmError } from '../core/errors.ts';
import { cacheDirectory, fileSha256, recipeHash } from '../host/cache.ts';
import { withLock } from '../host/lock.ts';
import type { Progress } from '../host/progress.ts';
import { run } from '../host/run.ts';
import { findMirror, type Mirror } from './sources.ts';

export type Suite = 'bookworm' | 'trixie' | 'trixie-backports' | 'sid';
/** Debian's names. */
export type Architecture = 'amd64' | 'arm64';

/** A package as the archive has it today. */
export interface Package {
  readonly name: string;
  /** The .deb file's name, with version and architecture. */
  readonly file: string;
  readonly size: number;
  readonly sha256: string;
}

/** Packages that one run of apt fetches: enough to make its start cheap, few enough to show progress. */
const BATCH = 8;

const DAY_MS = 24 * 3600 * 1000;
const MINUTE_MS = 60 * 1000;

/**
 * Does `work` with lists of today, and once more with new ones when a package is gone that they name.
 * @param work gets the age that {@link Archive.open} may accept.
 */
export async function withFreshLists<T>(work: (maxAge: number) => Promise<T>): Promise<T> {
  try {
    return await work(DAY_MS);
  } catch (error) {
    if (!(error instanceof RasvmError) || error.code !== 'ARCHIVE') throw error;
    return work(MINUTE_MS);
  }
}

export class Archive {
  readonly suite: Suite;
  readonly #root: string;
  readonly #config: string;
  readonly #debs: string;
  readonly #architecture: Architecture;

  private constructor(suite: Suite, architecture: Architecture, root: string) {
    this.suite = suite;
    this.#architecture = architecture;
    this.#root = root;
    this.#config = join(root, 'apt.conf');
    this.#debs = join(cacheDirectory(), 'debs');
  }

  /**
   * The package lists of one suite.
   * @param maxAge milliseconds; older lists are read anew.
   * @throws RasvmError ARCHIVE
   */
  static async open(
    suite: Suite,
    progress: Progress,
    maxAge: number,
    architecture: Architecture = 'arm64',
  ): Promise<Archive> {
    const mirror = await findMirror();
    const lists = architecture === 'arm64' ? suite : `${suite}-${architecture}`;
    const root = join(cacheDirectory(), 'apt', `${lists}-${recipeHash(mirror)}`);
    const archive = new Archive(suite, architecture, root);
    await withLock(archive.#root, async () => {
      await archive.#configure(mirror);
      const updated = await stat(join(archive.#root, 'updated')).catch(() => undefined);
      if (!updated || Date.now() - updated.mtimeMs > maxAge) await archive.#update(progress);
    });
    return archive;
  }

  /** Names of the suite's packages that begin so. */
  async names(prefix: string): Promise<string[]> {
    const output = await this.#apt('apt-cache', ['pkgnames', prefix]);
    return output
      .split('\n')
      .filter((name) => name !== '')
      .sort();
  }

  /** These packages and all that they depend on; recommended ones are left out. @throws RasvmError ARCHIVE */
  async resolve(names: readonly string[]): Promise<Package[]> {
    return parseUris(
      await this.#apt('apt-get', ['install', '--no-install-recommends', '--print-uris', ...names]),
    );
  }

  /** These packages alone. @throws RasvmError ARCHIVE */
  async find(names: readonly string[]): Promise<Package[]> {
    return parseUris(await this.#apt('apt-get', ['download', '--print-uris', ...names]));
  }

  /** Paths of the .deb files; kept, and downloaded only once. @throws RasvmError ARCHIVE */
  async download(packages: readonly Package[], progress: Progress): Promise<string[]> {
    await mkdir(this.#debs, { recursive: true });
    await withLock(this.#debs, async () => {
      const wanted = await asyncFilter(packages, async (deb) => !(await this.#has(deb)));
      if (wanted.length === 0) return;
      const bytes = wanted.reduce((sum, { size }) => sum + size, 0);
      progress.step(
        `Downloading ${wanted.length} Debian packages (${this.suite}, ${megabytes(bytes)})`,
        bytes,
      );
      for (let at = 0; at < wanted.length; at += BATCH) {
        const batch = wanted.slice(at, at + BATCH);
        await this.#fetch(batch);
        progress.advance(batch.reduce((sum, { size }) => sum + size, 0));
      }
    });
    return packages.map(({ file }) => join(this.#debs, file));
  }

  async #configure(mirror: Mirror): Promise<void> {
    const state = join(this.#root, 'state');
    const cache = join(this.#root, 'cache');
    await mkdir(join(state, 'lists', 'partial'), { recursive: true });
    await mkdir(join(cache, 'archives', 'partial'), { recursive: true });
    await writeFile(join(this.#root, 'status'), '');
    await writeFile(join(this.#root, 'private.sources'), sourcesFile(mirror, this.suite));
    await writeFile(this.#config, configFile(this.#root, this.#architecture));
  }

  async #update(progress: Progress): Promise<void> {
    progress.step(`Reading Debian's package lists (${this.suite})`);
    await this.#apt('apt-get', ['update', '--error-on=any']);
    await writeFile(join(this.#root, 'updated'), '');
  }

  async #has(deb: Package): Promise<boolean> {
    const path = join(this.#debs, deb.file);
    const found = await stat(path).catch(() => undefined);
    return found?.size === deb.size && (await fileSha256(path)) === deb.sha256;
  }

  async #fetch(batch: readonly Package[]): Promise<void> {
    const temporary = join(this.#debs, 'partial');
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary);
    await this.#apt('apt-get', ['download', ...batch.map(({ name }) => name)], temporary);
    for (const file of await readdir(temporary)) await rename(join(temporary, file), join(this.#debs, file));
    const bad = await asyncFilter(batch, async (deb) => !(await this.#has(deb)));
    if (bad.length > 0)
      throw new RasvmError(
        'ARCHIVE',
        `${bad[0]!.name} is not what Debian's list says: run the command again`,
      );
  }

  async #apt(program: 'apt-get' | 'apt-cache', args: readonly string[], cwd?: string): Promise<string> {
    await access(this.#config);
    try {
      const output = await run(
        program,
        ['-c', this.#config, '-q', '-q', ...args],
        cwd === undefined ? {} : { cwd },
      );
      return output.toString();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new RasvmError('ARCHIVE', `Debian's archive (${this.suite}): ${reason}`, { cause: error });
    }
  }
}

/** Unpacks .deb files into a new directory; no script of theirs runs. @param title of the step @throws RasvmError LAB */
export async function unpackDebs(
  debs: readonly string[],
  into: string,
  title: string,
  progress: Progress,
): Promise<void> {
  progress.step(title, debs.length);
  await mkdir(into);
  for (const deb of debs) {
    await run('dpkg-deb', ['-x', deb, into]);
    progress.advance(1);
  }
}

/** Lines of `apt-get --print-uris`: 'URI' file size SHA256:hash. */
export function parseUris(text: string): Package[] {
  return [...text.matchAll(/^'[^']*' (\S+) (\d+) SHA256:([0-9a-f]{64})$/gm)].map(
    ([, file, size, sha256]) => ({
      name: file!.slice(0, file!.indexOf('_')),
      file: file!,
      size: Number(size),
      sha256: sha256!,
    }),
  );
}

function sourcesFile(mirror: Mirror, suite: Suite): string {
  const signedBy = mirror.signedBy === undefined ? '' : `Signed-By: ${mirror.signedBy}\n`;
  return `Types: deb\nURIs: ${mirror.uri}\nSuites: ${suite}\nComponents: main\n${signedBy}`;
}

/** Read after the machine's own configuration (apt.conf(5)); what that runs after an update is not for us. */
function configFile(root: string, architecture: Architecture): string {
  return `
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Acquire::IndexTargets::deb::DEP-11;
#clear Acquire::IndexTargets::deb::DEP-11-icons-small;
#clear Acquire::IndexTargets::deb::DEP-11-icons;
#clear Acquire::IndexTargets::deb::DEP-11-icons-large;
#clear Acquire::IndexTargets::deb::CNF;
Dir::State "${root}/state";
Dir::State::status "${root}/status";
Dir::Cache "${root}/cache";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "";
Dir::Etc::SourceList "${root}/private.sources";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
#clear APT::Architectures;
APT::Architecture "${architecture}";
APT::Architectures { "${architecture}"; };
APT::Sandbox::User "";
APT::Default-Release "";
Acquire::Languages "none";
Acquire::ForceHash "SHA256";
Acquire::Retries "3";
`;
}

async function asyncFilter<T>(items: readonly T[], test: (item: T) => Promise<boolean>): Promise<T[]> {
  const kept = await Promise.all(items.map(test));
  return items.filter((_, index) => kept[index]);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
