/** The host that is measured in: a lab with Debian's QEMU in it, and what both VMMs read in its memory. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { RasvmError } from '../../src/core/errors.ts';
import { kernel } from '../../src/debian/kernels.ts';
import { buildOnce, cacheDirectory, recipeHash } from '../../src/host/cache.ts';
import { terminalProgress } from '../../src/host/progress.ts';
import { run } from '../../src/host/run.ts';
import { CROSS_COMPILER } from '../../src/host/system-packages.ts';
import type { LabProcess } from '../../src/lab/channel.ts';
import { Lab } from '../../src/lab/lab.ts';
import { packageRoot } from '../../src/lab/package-root.ts';
import { LAB_KERNELS } from '../../src/scenario/kernel/kernels.ts';

/** Paths in the host, all in its memory: no file is read through the emulator while something is timed. */
export const FILES = {
  stopwatch: '/run/bench/stopwatch',
  losePages: '/run/bench/lose-pages',
  kernel: '/run/bench/Image',
  initramfs: '/run/bench/initramfs.cpio',
  kvmtool: '/run/bench/lkvm',
} as const;

/** What the VMMs are made of. */
const READ_AHEAD = [
  '/usr/bin/node',
  '/usr/bin/qemu-system-aarch64',
  '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd',
  '/usr/lib/aarch64-linux-gnu/*.so*',
];

/**
 * icount: one core whose clock counts instructions, 1 ns each, and jumps when it is idle.
 * wall: two emulated cores and the time of this machine.
 */
export type Clock = 'icount' | 'wall';

const HOST_KERNEL = '6.12';
const GUEST_KERNEL = '6.12';

export class Host {
  readonly lab: Lab;
  /** `uname -r` of host and guest. */
  readonly kernels: { host: string; guest: string };
  /** First line of `qemu-system-aarch64 --version`. */
  readonly qemu: string;
  readonly node: string;

  private constructor(lab: Lab, kernels: Host['kernels'], qemu: string, node: string) {
    this.lab = lab;
    this.kernels = kernels;
    this.qemu = qemu;
    this.node = node;
  }

  /** @throws RasvmError LAB, ARCHIVE */
  static async start(clock: Clock): Promise<Host> {
    const share = await buildPrograms();
    const progress = terminalProgress();
    const guest = await kernel(GUEST_KERNEL, progress);
    const icount = clock === 'icount';
    const lab = await Lab.start(
      {
        kernel: HOST_KERNEL,
        // Without FEAT_EVT, as most machines of today: a guest's boot has its 90,000 traps of CTR_EL0.
        cpu: 'neoverse-n1',
        cores: icount ? 1 : 2,
        icount,
        extras: ['peers'],
        share,
        bundleDir: join(packageRoot(), process.arch === 'arm64' ? 'dist' : 'dist-arm64'),
      },
      progress,
    );
    try {
      const ask = (command: string) => textOf(lab.exec(['sh', '-ec', command], { cwd: '/' }));
      await ask(
        `mkdir /run/bench; cp ${PROGRAMS.map((name) => `/share/${name}`).join(' ')} ${LAB_KERNELS}/${guest.version}/Image /run/bench; ` +
          'cp /opt/rasvm/share/guest-initramfs.cpio /run/bench/initramfs.cpio; ' +
          // A line about each lost page would take the host's console longer than the loss takes.
          'echo 1 > /proc/sys/kernel/printk; ' +
          // Under icount a wait for the disk costs no instruction, but time jumps over it.
          `cat ${READ_AHEAD.join(' ')} > /dev/null`,
      );
      const [host, qemu, node] = (
        await ask('uname -r; qemu-system-aarch64 --version | head -n 1; node --version')
      ).split('\n') as [string, string, string];
      return new Host(lab, { host, guest: guest.version }, qemu, node);
    } catch (error) {
      await lab.stop();
      throw error;
    }
  }

  start(argv: readonly string[]): LabProcess {
    return this.lab.exec(argv, { cwd: '/' });
  }

  /** Standard output of a command. @throws RasvmError LAB when it fails */
  bytes(argv: readonly string[]): Promise<Buffer> {
    return bytesOf(this.start(argv));
  }

  /** Standard output of lines of shell. @throws RasvmError LAB when one fails */
  shell(script: string): Promise<string> {
    return textOf(this.start(['sh', '-ec', script]));
  }

  /** Puts a program there. @throws RasvmError LAB */
  async put(program: Buffer, path: string): Promise<void> {
    await bytesOf(this.start(['sh', '-ec', `cat > ${path}; chmod +x ${path}`]), program);
  }

  stop(): Promise<void> {
    return this.lab.stop();
  }
}

const FLAGS = ['-std=gnu11', '-O2', '-static', '-s', '-Wall', '-Wextra', '-Werror'];

/** In C, as they are to cost the host little. */
const PROGRAMS = ['stopwatch', 'lose-pages'] as const;

/** @returns the directory that holds the programs, and nothing else: what the host sees as /share. */
async function buildPrograms(): Promise<string> {
  const sources = PROGRAMS.map((name) => join(packageRoot(), `test/bench/${name}.c`));
  const texts = await Promise.all(sources.map((source) => readFile(source, 'utf8')));
  const recipe = recipeHash([CROSS_COMPILER, FLAGS, texts]);
  return buildOnce(join(cacheDirectory(), 'lab', `bench-${recipe}`), async (into) => {
    for (const [i, name] of PROGRAMS.entries())
      await run(CROSS_COMPILER, [...FLAGS, '-o', join(into, name), sources[i]!]);
  });
}

async function textOf(command: LabProcess): Promise<string> {
  return (await bytesOf(command)).toString();
}

async function bytesOf(command: LabProcess, input?: Buffer): Promise<Buffer> {
  command.stdin.end(input);
  const [output, errors, { status }] = await Promise.all([
    buffer(command.stdout),
    buffer(command.stderr),
    command.exit,
  ]);
  if (status !== 0)
    throw new RasvmError('LAB', `in the lab: ${errors.toString().trim() || `status ${status}`}`);
  return output;
}
