/** Where test files run: on this machine, or in a lab, which is started again when its host has died. */

import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { terminalProgress } from '../../src/host/progress.ts';
import type { LabProcess } from '../../src/lab/channel.ts';
import { Lab } from '../../src/lab/lab.ts';
import type { LabOptions } from '../../src/lab/options.ts';
import type { Voice } from './turns.ts';

/** A file did not come to its end in its time, and was ended. */
export class TooLong extends Error {}

export interface TestHost {
  /** Where the directory of the bundled tests is seen. */
  readonly sees: string;
  /**
   * Runs Node.js with its output passed on.
   * @param limit ms
   * @param voice says what it prints
   * @returns its exit status. @throws TooLong; RasvmError LAB_DIED, LAB, ARCHIVE
   */
  run(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    limit: number,
    voice: Voice,
  ): Promise<number>;
  close(): Promise<void>;
}

/** @param path directories that programs are found in first */
export function thisMachine(out: string, path: string, cwd: string): TestHost {
  return {
    sees: out,
    async run(args, env, limit, voice) {
      const child = spawn(process.execPath, args, {
        // Of a group of its own, so that nothing of it is left.
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        cwd,
        env: { ...process.env, ...env, PATH: `${path}:${process.env.PATH}` },
      });
      const end = () => {
        try {
          process.kill(-child.pid!, 'SIGKILL');
        } catch {
          // The whole group has ended.
        }
      };
      process.once('exit', end);
      const ended = new Promise<number>((resolve, reject) => {
        child.once('error', reject);
        child.once('exit', (status) => resolve(status ?? 1));
      });
      const said = Promise.all([copy(child.stdout, voice), copy(child.stderr, voice)]);
      said.catch(() => {});
      try {
        return await within(ended, limit);
      } finally {
        end();
        process.off('exit', end);
        await within(said, GRACE).catch(() => {});
      }
    },
    close: async () => {},
  };
}

/** ms for a command that was ended to be gone; then the lab is. */
const GRACE = 20_000;

export class LabHost implements TestHost {
  readonly sees = '/share';
  readonly #options: Partial<LabOptions>;
  #lab: Lab | undefined;

  /** @param options its share is the directory of the bundled tests */
  constructor(options: Partial<LabOptions>) {
    this.#options = options;
  }

  async run(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    limit: number,
    voice: Voice,
  ): Promise<number> {
    this.#lab ??= await Lab.start(this.#options, terminalProgress());
    let running: LabProcess | undefined;
    try {
      running = this.#lab.exec(['node', ...args], { cwd: '/share', env: { ...env } });
      const status = await within(passOn(running, voice), limit);
      if (status !== 0) await within(this.#printLog(this.#lab, voice), GRACE);
      return status;
    } catch (error) {
      if (error instanceof TooLong && running !== undefined) await this.#clear(running);
      else await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const lab = this.#lab;
    this.#lab = undefined;
    await lab?.stop();
  }

  /** Nothing of what ran may be in the way of what runs next. */
  async #clear(running: LabProcess): Promise<void> {
    running.hangup();
    const ended = running.exit.then(
      () => true,
      () => false,
    );
    const isGone = await Promise.race([ended, sleep(GRACE, false, { ref: false })]);
    if (!isGone) await this.close();
  }

  /** What the host's kernel said last: where a VM dies it may know why. */
  async #printLog(lab: Lab, voice: Voice): Promise<void> {
    voice.write("--- the host's kernel log\n");
    await passOn(lab.exec(['sh', '-c', 'dmesg | tail -n 60'], { cwd: '/' }), voice);
  }
}

/** To the end of the command, with its output passed on. */
async function passOn(running: LabProcess, voice: Voice): Promise<number> {
  running.stdin.on('error', () => {}).end();
  const [{ status }] = await Promise.all([
    running.exit,
    copy(running.stdout, voice),
    copy(running.stderr, voice),
  ]);
  return status;
}

async function copy(from: NodeJS.ReadableStream, voice: Voice): Promise<void> {
  for await (const bytes of from) voice.write(bytes);
}

async function within<T>(work: Promise<T>, limit: number): Promise<T> {
  const done = new AbortController();
  const late = sleep(limit, undefined, { signal: done.signal }).then(() => {
    throw new TooLong(`it did not end within ${Math.round(limit / 60_000)} min`);
  });
  late.catch(() => {});
  // Nobody waits for it once it was too long.
  work.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    done.abort();
  }
}
