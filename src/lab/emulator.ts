/**
 * QEMU as a child of this process: the agent's port, the console of the host in it, and how it came to its
 * end.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { RasvmError } from '../core/errors.ts';
import { findProgram } from '../host/system-packages.ts';
import { endError } from './end.ts';
import { AGENT_FD } from './qemu.ts';
import { processDirectory } from './runtime.ts';

/** ms that it may take to end by itself once it is asked to, or has let go of the port. */
const END_LIMIT = 5000;

const COMPLAINTS = 4096;

export class Emulator {
  /** What the agent in it is spoken to through; closed when it ends. */
  readonly port: Duplex;
  /** Settles when it is gone, and nothing before that: LAB_DIED or LAB, as {@link endError} has it. */
  readonly ended: Promise<RasvmError>;
  readonly #child: ChildProcess;
  readonly #directory: string;
  readonly #consoleLog: string;
  #complaints = '';
  #fault: string | undefined;
  #stopping = false;
  readonly #clean = () => {
    rmSync(this.#directory, { recursive: true, force: true });
    process.off('exit', this.#clean);
  };

  private constructor(child: ChildProcess, directory: string, consoleLog: string) {
    this.#child = child;
    this.#directory = directory;
    this.#consoleLog = consoleLog;
    process.once('exit', this.#clean);
    child.stderr!.on('data', (text: Buffer) => {
      this.#complaints = (this.#complaints + text.toString()).slice(-COMPLAINTS);
    });
    this.port = child.stdio[AGENT_FD] as Duplex;
    child.on('error', () => this.port.destroy());
    child.on('exit', () => this.port.destroy());
    // One that has let go of the port is of no use any more.
    this.port.on('close', () => setTimeout(() => child.kill('SIGKILL'), END_LIMIT).unref());
    this.port.on('error', (error) => {
      // What came from the agent was none of its frames; that the port closes is no fault.
      if (error instanceof RasvmError || error instanceof RangeError) this.#fault ??= error.message;
    });
    this.ended = exited(child).then(() => this.#end());
  }

  /** @param command of the program, which gets the port as {@link AGENT_FD} @throws RasvmError FILE */
  static async start(command: (consoleLog: string) => readonly string[]): Promise<Emulator> {
    const directory = await processDirectory();
    const consoleLog = join(directory, 'console.log');
    const child = spawn(
      findProgram('setpriv'),
      // The kernel kills it when its parent dies, however that dies.
      ['--pdeathsig', 'KILL', '--', ...command(consoleLog)],
      {
        stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
        // A session of its own: the terminal's Ctrl-C is for the command inside.
        detached: true,
        // It has libraries of its own: none that this machine's programs are to load.
        env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LD_'))),
      },
    );
    return new Emulator(child, directory, consoleLog);
  }

  /** Process id. */
  get pid(): number {
    return this.#child.pid!;
  }

  /** What it wrote on standard error last. */
  get complaints(): string {
    return this.#complaints;
  }

  /** Everything that the host's kernel wrote on its console. */
  async console(): Promise<string> {
    return readFile(this.#consoleLog, 'utf8');
  }

  /** Ends it at once, for what is wrong with it. */
  fail(fault: string): void {
    this.#fault ??= fault;
    this.#child.kill('SIGKILL');
  }

  /** Ends it as its user wishes. @param ask makes it end by itself; left out, or in vain: it is killed */
  async stop(ask?: () => void): Promise<void> {
    this.#stopping = true;
    if (ask) {
      ask();
      const limit = new Promise((resolve) => setTimeout(resolve, END_LIMIT).unref());
      await Promise.race([exited(this.#child), limit]);
    }
    this.#child.kill('SIGKILL');
    await this.ended;
    this.#clean();
  }

  async #end(): Promise<RasvmError> {
    const { exitCode: status, signalCode: signal } = this.#child;
    return endError({
      // What its user ends has not died, however it took that.
      ...(this.#stopping ? { status: 0, signal: null } : { status, signal }),
      ...(this.#fault !== undefined && { fault: this.#fault }),
      console: await this.console().catch(() => ''),
      complaints: this.#complaints,
    });
  }
}

function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
    return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}
