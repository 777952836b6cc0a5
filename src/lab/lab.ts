/** A running lab: QEMU as a child of this process, and the channel to the agent in it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { RasvmError } from '../core/errors.ts';
import { kernel, kernelsDirectory } from '../debian/kernels.ts';
import { type Progress, silentProgress } from '../host/progress.ts';
import { checkSystemPackages, findProgram } from '../host/system-packages.ts';
import { syncBundle } from './bundle.ts';
import { Channel, type ExecOptions, greet, type LabProcess } from './channel.ts';
import { endError } from './end.ts';
import { FrameType } from './frames.ts';
import { rootImage } from './image.ts';
import { labInitrd } from './initrd.ts';
import { LifeWatch, lifeLimits } from './life.ts';
import { type LabOptions, labOptions } from './options.ts';
import { AGENT_FD, type QemuFiles, qemuArguments } from './qemu.ts';
import { processDirectory } from './runtime.ts';

/** Seconds; a lab is there in three, but a busy machine may take far longer. */
const BOOT_LIMIT = 180;
const STOP_LIMIT = 5;
const CONSOLE_LINES = 15;

export class Lab {
  readonly options: LabOptions;
  /** Milliseconds from QEMU's start to the agent's first word. */
  readonly bootTime: number;
  readonly #started: Started;
  readonly #channel: Channel;

  private constructor(started: Started, channel: Channel, bootTime: number) {
    this.options = started.options;
    this.bootTime = bootTime;
    this.#started = started;
    this.#channel = channel;
    new LifeWatch(started.port, lifeLimits(bootTime), (silence) => {
      started.fault ??= `it has given no sign of life for ${Math.round(silence / 1000)} s`;
      started.qemu.kill('SIGKILL');
    });
  }

  /**
   * Makes what is missing (image, kernel, agent), and starts the lab.
   * @throws RasvmError LAB with the console's last lines when it does not come up; ARCHIVE
   */
  static async start(given: Partial<LabOptions> = {}, progress: Progress = silentProgress): Promise<Lab> {
    const options = labOptions(given);
    const made = await prepareLab(options, progress);
    progress.step('Starting the lab');
    const begin = performance.now();
    const started = await launch(options, made);
    const channel = new Channel(started.port, () => started.ended);
    const timer = setTimeout(() => started.port.destroy(), BOOT_LIMIT * 1000);
    try {
      await greet(channel);
    } catch (cause) {
      const late = performance.now() - begin > BOOT_LIMIT * 1000 - 100;
      started.port.destroy();
      await end(started.qemu);
      throw await bootError(started, late, cause);
    } finally {
      clearTimeout(timer);
      progress.end();
    }
    const lab = new Lab(started, channel, performance.now() - begin);
    try {
      await syncBundle(lab, options.bundleDir);
    } catch (error) {
      await lab.stop();
      throw error;
    }
    return lab;
  }

  /** Settles when the lab is gone: by LAB_DIED with its host's last words, or by LAB when it powered off. */
  get ended(): Promise<RasvmError> {
    return this.#started.ended;
  }

  /** Process id of QEMU. */
  get pid(): number {
    return this.#started.qemu.pid!;
  }

  /** Runs a command. @throws RasvmError LAB_DIED or LAB when the lab is gone */
  exec(argv: readonly string[], options?: ExecOptions): LabProcess {
    return this.#channel.exec(argv, options);
  }

  /** Everything that the lab's kernel wrote on its console. */
  async console(): Promise<string> {
    return readFile(consoleLog(this.#started.directory), 'utf8');
  }

  /** The raw stream of frames, for a supervisor that passes them on. */
  takePort(): Duplex {
    this.#channel.detach();
    return this.#started.port;
  }

  async stop(): Promise<void> {
    const { qemu, clean } = this.#started;
    this.#started.stopping = true;
    this.#channel.send(FrameType.PowerOff);
    const limit = new Promise((resolve) => setTimeout(resolve, STOP_LIMIT * 1000).unref());
    await Promise.race([exited(qemu), limit]);
    await end(qemu);
    this.#channel.close();
    clean();
  }
}

/** Makes what a lab needs and is not in the cache yet. @throws RasvmError LAB or ARCHIVE */
export async function prepareLab(
  options: LabOptions,
  progress: Progress,
): Promise<Omit<QemuFiles, 'consoleLog'>> {
  checkSystemPackages();
  try {
    const host = await kernel(options.kernel, progress, 'arm64');
    const image = await rootImage(options.extras, progress);
    await mkdir(kernelsDirectory(), { recursive: true });
    return { kernel: host, initrd: await labInitrd(host), rootImage: image };
  } finally {
    progress.end();
  }
}

interface Started {
  readonly options: LabOptions;
  readonly qemu: ChildProcess;
  readonly port: Duplex;
  readonly directory: string;
  /** Removes the directory; done at the process's exit, if not before. */
  readonly clean: () => void;
  readonly complaints: () => string;
  /** Settles when QEMU is gone. */
  readonly ended: Promise<RasvmError>;
  /** What was wrong with it, where it is ended for that. */
  fault?: string;
  /** It is ended as its user wished. */
  stopping: boolean;
}

async function launch(options: LabOptions, made: Omit<QemuFiles, 'consoleLog'>): Promise<Started> {
  const directory = await processDirectory();
  const clean = () => {
    rmSync(directory, { recursive: true, force: true });
    process.off('exit', clean);
  };
  process.once('exit', clean);
  const args = qemuArguments(options, { ...made, consoleLog: consoleLog(directory) });
  // The kernel kills QEMU when its parent dies, however it dies.
  const qemu = spawn(
    findProgram('setpriv'),
    ['--pdeathsig', 'KILL', '--', findProgram('qemu-system-aarch64'), ...args],
    // A session of its own: the terminal's Ctrl-C is for the command inside.
    { stdio: ['ignore', 'ignore', 'pipe', 'pipe'], detached: true },
  );
  let complaints = '';
  qemu.stderr!.on('data', (text: Buffer) => {
    complaints = (complaints + text.toString()).slice(-4096);
  });
  const port = qemu.stdio[AGENT_FD] as Duplex;
  qemu.on('error', () => port.destroy());
  qemu.on('exit', () => port.destroy());
  // An emulator that has let go of the port, or that says what is no frame, is of no use any more.
  port.on('close', () => setTimeout(() => qemu.kill('SIGKILL'), STOP_LIMIT * 1000).unref());
  port.on('error', (error) => {
    if (error instanceof RasvmError) started.fault ??= error.message;
  });
  const started: Started = {
    options,
    qemu,
    port,
    directory,
    clean,
    complaints: () => complaints,
    ended: exited(qemu).then(() => howEnded(started)),
    stopping: false,
  };
  return started;
}

async function howEnded({ qemu, directory, complaints, fault, stopping }: Started): Promise<RasvmError> {
  const console = await readFile(consoleLog(directory), 'utf8').catch(() => '');
  const { exitCode, signalCode } = qemu;
  return endError({
    // What its user ends has not died, however long it took.
    ...(stopping ? { status: 0, signal: null } : { status: exitCode, signal: signalCode }),
    ...(fault !== undefined && { fault }),
    console,
    complaints: complaints(),
  });
}

function consoleLog(directory: string): string {
  return join(directory, 'console.log');
}

async function bootError(started: Started, late: boolean, cause: unknown): Promise<RasvmError> {
  const console = await readFile(consoleLog(started.directory), 'utf8').catch(() => '');
  started.clean();
  if (cause instanceof RasvmError && /another version/.test(cause.message)) return cause;
  const lines = `${started.complaints()}${console}`.trim().split(/\r?\n/).slice(-CONSOLE_LINES);
  const what = late ? `was not ready after ${BOOT_LIMIT} s` : 'ended while it started';
  return new RasvmError('LAB', [`the lab ${what}; its last words:`, ...lines].join('\n  '), { cause });
}

function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
    return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

async function end(child: ChildProcess): Promise<void> {
  const gone = exited(child);
  child.kill('SIGKILL');
  await gone;
}
