/** A VMM as a child process: its output as lines, how it ended, and a directory for its sockets. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConsoleLine, type Line, LineSplitter } from '../guest/console.ts';
import { Feed, Silence } from '../guest/feed.ts';

/** How the process ended: one of status and signal is null. */
export interface Exit {
  status: number | null;
  signal: NodeJS.Signals | null;
  /** The guest's kernel panicked, with these words on its console; of a VMM that does not say so itself. */
  panic?: string;
}

/** Those that run, each with its directory: none outlives this process. */
const running = new Map<ChildProcess, string>();
process.on('exit', () => {
  for (const [child, directory] of running) {
    child.kill('SIGKILL');
    remove(directory);
  }
});

/** For {@link VmmChild}, which removes it. */
export function ownDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'rasvm-'));
}

function remove(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}

/**
 * ms. The kernel may be at something that a signal does not end: giving much memory back, a page that is
 * lost.
 */
const KILL_LIMIT = 60_000;

/** Bytes that are kept of what a guest and its VMM print: more than any prints that a reader could follow. */
const OUTPUT_MOST = 2 ** 28;

export interface ChildOptions {
  /** Of the guest, for messages. */
  name: string;
  /** The VMM's, for messages. */
  title: string;
  directory: string;
  argv: readonly string[];
  /** The console can be written to, by {@link VmmChild.type}. */
  input?: boolean;
  /** Bytes of output after which it is ended, for tests. */
  most?: number;
  /** Bytes of the console as they come. */
  onOutput?(bytes: Buffer): void;
  /** What is known of the end beside the process's own status. */
  completes?(): Pick<Exit, 'panic'>;
  /** Before feeds are told the end. */
  onEnd?(reason: string): void;
}

export class VmmChild {
  /** Standard output: the guest's console. */
  readonly console: Feed<ConsoleLine>;
  /** Lines of standard error: what the VMM says itself. */
  readonly log: Line[] = [];
  /** Resolves when the process is gone and its output is read. */
  readonly exited: Promise<Exit>;
  readonly #options: ChildOptions;
  readonly #child: ChildProcess;
  #ended = false;
  /** Bytes of output so far. */
  #printed = 0;

  constructor(options: ChildOptions) {
    const { name, directory, argv, input, onOutput } = options;
    this.#options = options;
    this.console = new Feed(`guest ${name}`);
    const [program, ...args] = argv;
    this.#child = spawn(program!, args, { stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
    running.set(this.#child, directory);
    const { stdin, stdout, stderr } = this.#child;
    // A process that is gone shows as its exit.
    stdin?.on('error', () => {});
    const output = new LineSplitter((text) =>
      this.console.push({ at: performance.now(), text, from: 'console' }),
    );
    const log = new LineSplitter((text) => this.log.push({ at: performance.now(), text }));
    stdout!.on('data', (bytes: Buffer) => {
      if (this.#isTooMuch(bytes)) return;
      output.push(bytes);
      onOutput?.(bytes);
    });
    stderr!.on('data', (bytes: Buffer) => {
      if (!this.#isTooMuch(bytes)) log.push(bytes);
    });
    this.exited = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        this.#end(error.message);
        resolve({ status: null, signal: null });
      });
      this.#child.on('close', (status, signal) => {
        output.flush();
        log.flush();
        const exit = { status, signal, ...options.completes?.() };
        this.#end(this.#words(exit));
        resolve(exit);
      });
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Types on the guest's console. */
  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits for the end of the process. Rejects with CONTROL at the limit. @param limit ms */
  async exit(limit: number): Promise<Exit> {
    const late = new AbortController();
    const exit = await Promise.race([
      this.exited,
      sleep(limit, undefined, { signal: late.signal }).catch(() => undefined),
    ]);
    late.abort();
    if (exit) return exit;
    const { name, title } = this.#options;
    throw new Silence(`guest ${name}: ${title} did not end within ${limit / 1000} s`);
  }

  /** Rejects with CONTROL where the host cannot end it. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exit(KILL_LIMIT);
  }

  get #most(): number {
    return this.#options.most ?? OUTPUT_MOST;
  }

  /** Ends it then: nobody reads so much, and it would end the runner with all other cases. */
  #isTooMuch(bytes: Buffer): boolean {
    this.#printed += bytes.length;
    if (this.#printed <= this.#most) return false;
    this.#child.kill('SIGKILL');
    return true;
  }

  #end(reason: string): void {
    this.#ended = true;
    running.delete(this.#child);
    remove(this.#options.directory);
    this.#options.onEnd?.(reason);
    this.console.end(reason);
  }

  #words({ status, signal, panic }: Exit): string {
    if (panic !== undefined) return `the guest's kernel panicked: ${panic}`;
    if (this.#printed > this.#most)
      return `${this.#options.title} was ended, as more than ${this.#most} bytes were printed`;
    const said = this.log.at(-1)?.text;
    const how = signal === 'SIGABRT' ? 'aborted' : `ended with ${signal ?? `status ${status}`}`;
    return `${this.#options.title} ${how}${said ? ` (${said})` : ''}`;
  }
}
