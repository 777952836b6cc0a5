/** What a lab is made of, and what is the same lab. */

import { existsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { RasvmError } from '../core/errors.ts';
import { DEFAULT_KERNEL_SERIES } from '../debian/kernels.ts';
import { EXTRAS, type Extra } from './image.ts';
import { packageRoot } from './package-root.ts';

export interface LabOptions {
  /** The host kernel's series. */
  readonly kernel: string;
  /** QEMU's CPU model: `neoverse-n2`, `max` for all that it emulates, or one without the RAS extension such as `cortex-a57`. */
  readonly cpu: string;
  /** The CPU has a PMU, and so have the guests of its KVM: known to end a host now and then (docs/limits.md). */
  readonly pmu: boolean;
  readonly cores: number;
  /**
   * One thread of this machine emulates all cores, in turn: a guest's TLB maintenance, 90,000 instructions of its boot, has no
   * threads to wait for, and two labs side by side do half as much again as one with two threads.
   */
  readonly oneThread: boolean;
  /** Bytes. */
  readonly memory: number;
  /** The clock counts instructions: slow and single-threaded, but the same in each run. For benchmarks. */
  readonly icount: boolean;
  readonly extras: readonly Extra[];
  /** Directory that the lab sees, read-write, as /share. */
  readonly share: string;
  /** Directory of a build for arm64, copied into the lab as /opt/rasvm when it exists. */
  readonly bundleDir: string;
}

/**
 * With VHE and the RAS extension, and with FEAT_EVT, without which KVM traps each read of CTR_EL0: 90,000 of the 97,000 exits of
 * a guest's boot, and each costs the emulator all its TLBs. On `max` Node.js crashed now and then.
 */
export const DEFAULT_CPU = 'neoverse-n2';

const GIB = 2 ** 30;
const DEFAULT_MEMORY = 4 * GIB;
const LEAST_MEMORY = GIB / 2;

/** Fills in what is not given. @throws RasvmError USAGE */
export function labOptions(given: Partial<LabOptions> = {}): LabOptions {
  const bundleDir = resolve(given.bundleDir ?? join(packageRoot(), 'dist-arm64'));
  if (given.bundleDir !== undefined && !existsSync(bundleDir))
    throw new RasvmError('USAGE', `${bundleDir} is missing: make it by npm run bundle`);
  const options = {
    kernel: given.kernel ?? DEFAULT_KERNEL_SERIES,
    cpu: given.cpu ?? DEFAULT_CPU,
    pmu: given.pmu ?? false,
    cores: given.cores ?? 2,
    oneThread: given.oneThread ?? false,
    memory: given.memory ?? Math.max(LEAST_MEMORY, Math.min(DEFAULT_MEMORY, Math.floor(totalmem() / 2))),
    icount: given.icount ?? false,
    extras: given.extras ?? [],
    share: resolve(given.share ?? '.'),
    bundleDir,
  };
  if (!Number.isInteger(options.cores) || options.cores < 1 || options.cores > 64)
    throw new RasvmError('USAGE', `${options.cores} cores: give 1 to 64`);
  if (!(options.memory >= LEAST_MEMORY))
    throw new RasvmError('USAGE', 'the lab needs 512M of memory or more');
  if (!/^[A-Za-z0-9_.,=+-]+$/.test(options.cpu))
    throw new RasvmError('USAGE', `${options.cpu} is no CPU model`);
  if (!existsSync(options.share))
    throw new RasvmError('FILE', `${options.share} is missing: give --share a directory`);
  for (const extra of options.extras)
    if (!(extra in EXTRAS))
      throw new RasvmError('USAGE', `--with ${extra}: there is ${Object.keys(EXTRAS).join(', ')}`);
  return options;
}

/** Whether a lab that runs can serve as the one that is asked for. Its share may hold the one asked for. */
export function isSameLab(running: LabOptions, asked: LabOptions): boolean {
  const machine = ({ extras, share: _, ...rest }: LabOptions) =>
    JSON.stringify([Object.entries(rest).sort(), [...extras].sort()]);
  return machine(running) === machine(asked) && insideShare(running.share, asked.share) !== undefined;
}

/** A directory of the machine as the lab sees it (/share/...); undefined when it is outside the share. */
export function insideShare(share: string, directory: string): string | undefined {
  const path = relative(share, directory);
  if (path === '') return '/share';
  return path === '..' || path.startsWith('../') ? undefined : `/share/${path}`;
}
