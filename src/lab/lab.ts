/** A running lab: the emulator, and the channel to the agent in it. */

import { mkdir } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { RasvmError } from '../core/errors.ts';
import { kernel, kernelsDirectory } from '../debian/kernels.ts';
import { type Progress, silentProgress } from '../host/progress.ts';
import { checkSystemPackages } from '../host/system-packages.ts';
import { syncBundle } from './bundle.ts';
import { Channel, type ExecOptions, greet, type LabProcess } from './channel.ts';
import { Emulator } from './emulator.ts';
import { emulatorProgram } from './emulator-program.ts';
import { FrameType } from './frames.ts';
import { rootImage } from './image.ts';
import { labInitrd } from './initrd.ts';
import { type LifeLimits, LifeWatch, lifeLimits } from './life.ts';
import { type LabOptions, labOptions } from './options.ts';
import { type QemuFiles, qemuArguments } from './qemu.ts';

/** Seconds; a lab is there in three, but a busy machine may take far longer. */
const BOOT_LIMIT = 180;
const CONSOLE_LINES = 15;

export class Lab {
  readonly options: LabOptions;
  /** Milliseconds from the emulator's start to the agent's first word. */
  readonly bootTime: number;
  readonly #emulator: Emulator;
  readonly #channel: Channel;

  private constructor(
    options: LabOptions,
    emulator: Emulator,
    channel: Channel,
    bootTime: number,
    limits: LifeLimits,
  ) {
    this.options = options;
    this.bootTime = bootTime;
    this.#emulator = emulator;
    this.#channel = channel;
    new LifeWatch(emulator.port, limits, (silence) =>
      emulator.fail(`it has given no sign of life for ${Math.round(silence / 1000)} s`),
    );
  }

  /**
   * Makes what is missing (image, kernel, agent), and starts the lab.
   * @throws RasvmError LAB with the console's last lines when it does not come up; ARCHIVE
   */
  static async start(given: Partial<LabOptions> = {}, progress: Progress = silentProgress): Promise<Lab> {
    const options = labOptions(given);
    const made = await prepareLab(options, progress);
    progress.step('Starting the lab');
    try {
      const emulator = await Emulator.start((consoleLog) => [
        ...made.program,
        ...qemuArguments(options, { ...made, consoleLog }),
      ]);
      const lab = await Lab.on(emulator, options);
      try {
        await syncBundle(lab, options.bundleDir);
      } catch (error) {
        await lab.stop();
        throw error;
      }
      return lab;
    } finally {
      progress.end();
    }
  }

  /**
   * The lab on an emulator that boots.
   * @param limits of its silence; left out: by the time of its boot
   * @throws RasvmError LAB with the console's last lines when it does not come up
   */
  static async on(emulator: Emulator, options: LabOptions, limits?: LifeLimits): Promise<Lab> {
    const begin = performance.now();
    const channel = new Channel(emulator.port, () => emulator.ended);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      emulator.fail(`it was not ready after ${BOOT_LIMIT} s`);
    }, BOOT_LIMIT * 1000);
    try {
      await greet(channel);
    } catch (cause) {
      const error = await bootError(emulator, late, cause);
      await emulator.stop();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    const bootTime = performance.now() - begin;
    return new Lab(options, emulator, channel, bootTime, limits ?? lifeLimits(bootTime, options.icount));
  }

  /** Settles when the lab is gone: by LAB_DIED with its host's last words, or by LAB when it powered off. */
  get ended(): Promise<RasvmError> {
    return this.#emulator.ended;
  }

  /** Process id of the emulator. */
  get pid(): number {
    return this.#emulator.pid;
  }

  /** Runs a command. @throws RasvmError LAB_DIED or LAB when the lab is gone */
  exec(argv: readonly string[], options?: ExecOptions): LabProcess {
    return this.#channel.exec(argv, options);
  }

  /** Everything that the lab's kernel wrote on its console. */
  async console(): Promise<string> {
    return this.#emulator.console();
  }

  /** The raw stream of frames, for a supervisor that passes them on. */
  takePort(): Duplex {
    this.#channel.detach();
    return this.#emulator.port;
  }

  async stop(): Promise<void> {
    await this.#emulator.stop(() => this.#channel.send(FrameType.PowerOff));
    this.#channel.close();
  }
}

/** Makes what a lab needs and is not in the cache yet. @throws RasvmError LAB or ARCHIVE */
export async function prepareLab(
  options: LabOptions,
  progress: Progress,
): Promise<Omit<QemuFiles, 'consoleLog'> & { program: readonly string[] }> {
  checkSystemPackages();
  try {
    const program = await emulatorProgram(progress);
    const host = await kernel(options.kernel, progress, 'arm64');
    const image = await rootImage(options.extras, progress);
    await mkdir(kernelsDirectory(), { recursive: true });
    return { program, kernel: host, initrd: await labInitrd(host), rootImage: image };
  } finally {
    progress.end();
  }
}

async function bootError(emulator: Emulator, late: boolean, cause: unknown): Promise<RasvmError> {
  if (cause instanceof RasvmError && /another version/.test(cause.message)) return cause;
  const console = await emulator.console().catch(() => '');
  const lines = `${emulator.complaints}${console}`.trim().split(/\r?\n/).slice(-CONSOLE_LINES);
  const what = late ? `was not ready after ${BOOT_LIMIT} s` : 'ended while it started';
  return new RasvmError('LAB', `the lab ${what}; its last words:`, { cause, more: lines });
}
