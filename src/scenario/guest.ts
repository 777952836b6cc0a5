/** A guest under test: `rasvm run` as a child process, its console, the agent in it, and its events. */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { connect as connectSocket, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlClient } from '../control/client.ts';
import type { EventMessage } from '../control/messages.ts';
import { RasvmError } from '../errors.ts';
import type { InjectMemoryRequest, InjectResult, MachineStatus, VcpuRegisters } from '../machine/api.ts';
import { type ConsoleLine, type Fields, LineSplitter, parseGuestLine, parseKernelLine } from './console.ts';
import { Feed, Silence } from './feed.ts';
import { guestInitramfs, withFiles } from './initramfs.ts';
import { rasvmEntry } from './installation.ts';
import { pace } from './pace.ts';
import { agentLine, argument, CONTENT_MOST } from './protocol.ts';
import {
  addressList,
  type Page,
  type PageKind,
  type TouchKind,
  type TouchResult,
  touchResult,
} from './victim.ts';

/** ms. Generous: a guest in an emulated host boots in ten seconds when nothing else runs. */
export const LIMIT = { command: 45_000, line: 20_000, event: 20_000, exit: 45_000 } as const;

export interface GuestOptions {
  /** Program and first arguments that stand for `rasvm`; this installation's own if left out. */
  entry?: readonly string[];
  /** Path of an arm64 Image. */
  kernel: string;
  name?: string;
  cpus?: number;
  /** As for --memory. */
  memory?: string;
  /** More words for the kernel's command line. */
  append?: string;
  /** Path of an initial RAM disk; left out: the one with the commands of native/guest. */
  initrd?: string;
  /** More files in it, by path: the quick way to bring modules in. */
  files?: Readonly<Record<string, Uint8Array>>;
  /** More arguments of `rasvm run`. */
  arguments?: readonly string[];
}

/** How the child process ended: one of both is null. */
export interface Exit {
  status: number | null;
  signal: NodeJS.Signals | null;
}

/** An event and when it happened, in ms of performance.now(). */
export interface TimedEvent {
  at: number;
  event: EventMessage;
}

/** Guests that run, each with its directory: none outlives this process. */
const running = new Map<ChildProcess, string>();
process.on('exit', () => {
  for (const [child, directory] of running) {
    child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  }
});

/** Addresses in one answer to `where`. */
const WHERE_MOST = 128;

/** Its name in a directory of its own. */
const AGENT_SOCKET = 'agent';

/** Bytes of content that one answer may have; more is dropped. */
const CONTENT_KEPT = 2 ** 21;

/** ms between attempts to connect. */
const POLL = 200;

let started = 0;

export class Guest {
  readonly name: string;
  /** What it says: its kernel on the console, and its agent on a serial port of its own. */
  readonly console: Feed<ConsoleLine>;
  readonly events: Feed<TimedEvent>;
  /** Lines of rasvm's own log and errors. */
  readonly log: ConsoleLine[] = [];
  /** Of `rasvm run`, the program first. */
  readonly commandLine: readonly string[];
  /** Resolves when the process is gone and its output is read. */
  readonly exited: Promise<Exit>;

  readonly #began = performance.now();
  readonly #child: ChildProcess;
  /** Of the agent's socket; nobody else's. */
  readonly #directory: string;
  readonly #socketPath: string;
  #agent: Socket | undefined;
  /** Content of answers that are waited for, by tag. */
  readonly #content = new Map<string, { parts: Buffer[]; size: number }>();
  /** Made while the guest boots: loading gRPC takes a second on an emulated host. */
  readonly #connecting: Promise<ControlClient>;
  #control: ControlClient | undefined;
  #commands = 0;
  #ended = false;

  /** Starts `rasvm run`; the guest boots meanwhile. */
  static async start(options: GuestOptions): Promise<Guest> {
    const given = options.initrd ?? (await guestInitramfs());
    const name = options.name ?? `guest-${process.pid}-${++started}`;
    const directory = mkdtempSync(join(tmpdir(), 'rasvm-'));
    const initrd = options.files ? join(directory, 'initrd') : given;
    if (options.files) await writeFile(initrd, withFiles(await readFile(given), options.files));
    const [program, ...first] = options.entry ?? rasvmEntry();
    return new Guest(name, directory, program!, [
      ...first,
      'run',
      ...['--kernel', options.kernel, '--initrd', initrd, '--name', name],
      ...['--serial', `unix:${join(directory, AGENT_SOCKET)}`],
      ...['--cpus', String(options.cpus ?? 1), '--memory', options.memory ?? '256M'],
      // Debian's kernels let but a few SysRq keys through.
      ...['--append', `loglevel=5 sysrq_always_enabled ${options.append ?? ''}`.trim()],
      ...(options.arguments ?? []),
    ]);
  }

  private constructor(name: string, directory: string, program: string, args: string[]) {
    this.name = name;
    this.commandLine = [program, ...args];
    this.#directory = directory;
    this.#socketPath = join(directory, AGENT_SOCKET);
    this.console = new Feed(`guest ${name}`);
    this.events = new Feed(`rasvm's events of ${name}`);
    this.#child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    running.set(this.#child, directory);
    const { stdout, stderr } = this.#child;
    const output = new LineSplitter((text) => this.console.push({ at: performance.now(), text }));
    const log = new LineSplitter((text) => this.log.push({ at: performance.now(), text }));
    stdout!.on('data', (bytes: Buffer) => output.push(bytes));
    stderr!.on('data', (bytes: Buffer) => log.push(bytes));
    this.exited = new Promise((resolve) => {
      const ended = (exit: Exit, reason: string) => {
        this.#ended = true;
        running.delete(this.#child);
        this.#agent?.destroy();
        rmSync(this.#directory, { recursive: true, force: true });
        output.flush();
        log.flush();
        this.console.end(reason);
        this.events.end(reason);
        resolve(exit);
      };
      this.#child.on('error', (error) => ended({ status: null, signal: null }, error.message));
      this.#child.on('close', (status, signal) => {
        const said = this.log.at(-1)?.text;
        ended(
          { status, signal },
          `rasvm ended with ${signal ?? `status ${status}`}${said ? ` (${said})` : ''}`,
        );
      });
    });
    void this.#connectAgent();
    this.#connecting = this.#connect();
    // Whoever awaits ready() is told; a guest that ends before that is no unhandled error.
    this.#connecting.catch(() => {});
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** The guest's user space is there, and the control socket is connected. */
  async ready(): Promise<{ release: string; cpus: number }> {
    const ready = await this.#guestLine('ready', () => true, 'user space', pace.bootLimit, 0);
    pace.booted(performance.now() - this.#began);
    this.#control = await this.#connecting;
    return ready;
  }

  /** Waits for user space anew, after a reboot. */
  async readyAgain(from: number): Promise<void> {
    await this.#guestLine('ready', () => true, 'user space after the reboot', pace.bootLimit, from);
  }

  /**
   * Runs a command of native/guest/commands*.c; `help` lists them.
   * @param words as they are, or a list of words that may have anything in them
   * @returns the fields of its answer. Rejects with CONTROL if the guest says that it failed, or nothing.
   */
  async command(
    words: string | readonly string[],
    limit: number = pace.stretch(LIMIT.command),
  ): Promise<Fields> {
    return (await this.ask(words, limit)).fields;
  }

  /** As {@link command}, with the content that belongs to the answer: a file's, a program's output. */
  async ask(
    words: string | readonly (string | Uint8Array)[],
    limit: number = pace.stretch(LIMIT.command),
  ): Promise<{ fields: Fields; content: Buffer }> {
    const line = typeof words === 'string' ? words : words.map(argument).join(' ');
    const tag = String(++this.#commands);
    const from = this.console.mark;
    const content = { parts: [] as Buffer[], size: 0 };
    this.#content.set(tag, content);
    try {
      this.#say(`${tag} ${line}`);
      const what = `an answer to '${line.slice(0, 100)}'`;
      const answer = await this.#guestLine('answer', (each) => each.tag === tag, what, limit, from);
      if (!answer.ok)
        throw new RasvmError(
          'CONTROL',
          `guest ${this.name}: '${line.slice(0, 100)}' failed: ${answer.message}`,
        );
      return { fields: answer.fields, content: Buffer.concat(content.parts) };
    } finally {
      this.#content.delete(tag);
    }
  }

  /** A file of the guest's, or what a file in /proc or /sys says now; at most 1 MiB. */
  async readFile(path: string): Promise<Buffer> {
    return (await this.ask(['read', path])).content;
  }

  /** Writes a file in the guest; one in /proc or /sys wants all in one command, at most 500 bytes. */
  async writeFile(path: string, content: string | Uint8Array): Promise<void> {
    const bytes = Buffer.from(content as string);
    for (let at = 0; at < bytes.length; at += CONTENT_MOST)
      await this.ask(['write', path, String(at), bytes.subarray(at, at + CONTENT_MOST)]);
  }

  /** Runs a program of the guest's, without input. Rejects with CONTROL if it cannot be run. */
  async run(...words: string[]): Promise<{ exit?: number; signal?: number; output: string }> {
    const { fields, content } = await this.ask(['run', ...words]);
    const end = fields.has('exit') ? { exit: fields.number('exit') } : { signal: fields.number('signal') };
    return { ...end, output: content.toString() };
  }

  /** Sends a command whose answer may not come, as those that end the machine. */
  send(words: string): void {
    this.#say(`${++this.#commands} ${words}`);
  }

  /**
   * Lets a victim allocate pages (filled with their pattern); starts the victim if need be.
   * @param directory for the kinds that are files; /tmp if left out
   */
  async allocate(victim: string, kind: PageKind, count = 1, directory?: string): Promise<Page[]> {
    const words = directory === undefined ? [] : [directory];
    const fields = await this.command(['alloc', victim, kind, String(count), ...words]);
    const first = fields.number('first');
    const va = fields.number('va');
    const gpas = addressList(fields.text('gpa'));
    // A line has room for the first ones only.
    while (gpas.length < count) {
      const more = Math.min(WHERE_MOST, count - gpas.length);
      const where = await this.command(`where ${victim} ${first + gpas.length} ${more}`);
      gpas.push(...addressList(where.text('gpa')));
    }
    return gpas.map((gpa, i) => ({ victim, index: first + i, va: va && va + i * 4096, gpa, kind }));
  }

  async touch(page: Page, how: TouchKind = 'read'): Promise<TouchResult> {
    return touchResult(await this.command(`touch ${page.victim} ${page.index} ${how}`));
  }

  /** All pages (of different victims) are touched at the same time. */
  async race(pages: readonly Page[], how: TouchKind = 'read'): Promise<TouchResult[]> {
    const fields = await this.command(
      `race ${how} ${pages.map((page) => `${page.victim}:${page.index}`).join(' ')}`,
    );
    return pages.map((page) => touchResult(fields, `${page.victim}.`));
  }

  /** One page is touched by several threads of its victim at once; at most 12. */
  async crowd(page: Page, how: TouchKind, threads: number): Promise<TouchResult[]> {
    const fields = await this.command(`crowd ${page.victim} ${page.index} ${how} ${threads}`);
    return Array.from({ length: threads }, (_, i) => touchResult(fields, fields.has('died') ? '' : `${i}.`));
  }

  /** A child of a victim, a victim itself. @returns the pages that it shares, now as its own */
  async fork(pages: readonly Page[], child: string): Promise<Page[]> {
    await this.command(`fork ${pages[0]!.victim} ${child}`);
    return pages.map((page) => ({ ...page, victim: child }));
  }

  /** HardwareCorrupted of /proc/meminfo, in bytes. */
  async hardwareCorrupted(): Promise<number> {
    return (await this.command('meminfo HardwareCorrupted')).number('kB') * 1024;
  }

  /** A line that the guest's kernel printed, without its time. */
  async kernelLine(
    pattern: RegExp,
    from = 0,
    limit: number = pace.stretch(LIMIT.line),
  ): Promise<ConsoleLine> {
    const test = ({ text }: ConsoleLine) => {
      const line = parseKernelLine(text);
      return line !== undefined && pattern.test(line.text);
    };
    return this.console.find(test, { what: `a kernel line like ${pattern}`, limit, from });
  }

  /** What the guest's kernel has printed since `from`. */
  kernelLines(from = 0): string[] {
    return this.console.items.slice(from).flatMap(({ text }) => parseKernelLine(text)?.text ?? []);
  }

  /** A trace event that was switched on by the command `trace on EVENT...`, as trace_pipe has it. */
  async traceEvent(pattern: RegExp, from = 0, limit: number = pace.stretch(LIMIT.line)): Promise<string> {
    const what = `a trace event like ${pattern}`;
    return (await this.#guestLine('trace', ({ text }) => pattern.test(text), what, limit, from)).text;
  }

  async victimSignal(victim: string, from: number) {
    const { report } = await this.#guestLine(
      'signal',
      (line) => line.victim === victim,
      `a signal to ${victim}`,
      pace.stretch(LIMIT.line),
      from,
    );
    return report;
  }

  /** @param fields values that the event must have. */
  async event(
    kind: string,
    fields: Partial<EventMessage> = {},
    from = 0,
    limit: number = pace.stretch(LIMIT.event),
  ): Promise<EventMessage> {
    const test = ({ event }: TimedEvent) =>
      event.kind === kind && Object.entries(fields).every(([name, value]) => event[name] === value);
    const what = `event ${kind} ${JSON.stringify(fields)}`;
    return (await this.events.find(test, { what, limit, from })).event;
  }

  async inject(request: Omit<InjectMemoryRequest, 'kind'>): Promise<InjectResult> {
    return this.#connected().inject({ kind: 'memory', ...request });
  }

  /** @param block a Generic Error Status Block, told as it is */
  async injectRecord(block: Uint8Array): Promise<InjectResult> {
    return this.#connected().inject({ kind: 'record', block });
  }

  async status(): Promise<MachineStatus> {
    return this.#connected().status();
  }

  /** Where its vCPUs stand, or one of them; also before it is ready. */
  async registers(vcpu?: number): Promise<VcpuRegisters[]> {
    return (await this.#connecting).registers(vcpu);
  }

  /** Resolves when its kernel has read the key; also before it is ready. */
  async sysrq(key: string): Promise<void> {
    await (await this.#connecting).sysrq(key);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits for the end of the process. Rejects with CONTROL at the limit. */
  async exit(limit: number = pace.stretch(LIMIT.exit)): Promise<Exit> {
    const late = new AbortController();
    const exit = await Promise.race([
      this.exited,
      sleep(limit, undefined, { signal: late.signal }).catch(() => undefined),
    ]);
    late.abort();
    if (exit) return exit;
    throw new Silence(`guest ${this.name}: rasvm did not end within ${limit / 1000} s`);
  }

  /** Powers the guest off from inside and waits for the process. */
  async powerOff(): Promise<Exit> {
    this.send('poweroff');
    return this.exit();
  }

  /** Ends it, whatever it does. */
  async kill(): Promise<void> {
    void this.#connecting.then((control) => control.close()).catch(() => {});
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  /** Everything that was said, for the report of a failure. */
  transcript(): string {
    const lines = [
      ...this.console.items.map(({ at, text }) => ({ at, text })),
      ...this.log.map(({ at, text }) => ({ at, text: `[rasvm] ${text}` })),
      ...this.events.items.map(({ at, event }) => ({ at, text: `[event] ${JSON.stringify(event)}` })),
    ];
    return lines
      .sort((a, b) => a.at - b.at)
      .map(({ at, text }) => `${(at / 1000).toFixed(3).padStart(9)} ${text}`)
      .join('\n');
  }

  async #guestLine<K extends NonNullable<ReturnType<typeof parseGuestLine>>['kind']>(
    kind: K,
    test: (line: Extract<NonNullable<ReturnType<typeof parseGuestLine>>, { kind: K }>) => boolean,
    what: string,
    limit: number,
    from: number,
  ) {
    type Wanted = Extract<NonNullable<ReturnType<typeof parseGuestLine>>, { kind: K }>;
    let found: Wanted | undefined;
    const matches = ({ text }: ConsoleLine) => {
      const line = parseGuestLine(text);
      if (line?.kind !== kind || !test(line as Wanted)) return false;
      found = line as Wanted;
      return true;
    };
    await this.console.find(matches, { what, limit, from });
    return found!;
  }

  #say(line: string): void {
    if (!this.#agent) throw new RasvmError('CONTROL', `guest ${this.name} is not ready yet`);
    this.#agent.write(`${line}\n`);
  }

  /** Tries until rasvm listens; what the agent has said before that is kept for us. */
  async #connectAgent(): Promise<void> {
    for (; !existsSync(this.#socketPath); await sleep(POLL)) if (this.#ended) return;
    const socket = connectSocket(this.#socketPath);
    // A guest that is gone shows as its exit.
    socket.on('error', () => {});
    const lines = new LineSplitter((text) => this.#agentSaid(text));
    socket.on('data', (bytes: Buffer) => lines.push(bytes));
    this.#agent = socket;
  }

  #agentSaid(line: string): void {
    const text = agentLine(line);
    if (text === undefined) return;
    const said = parseGuestLine(text);
    if (said?.kind === 'data') this.#keep(said.tag, said.bytes);
    else this.console.push({ at: performance.now(), text });
  }

  #keep(tag: string, bytes: Buffer): void {
    const content = this.#content.get(tag);
    if (!content || content.size + bytes.length > CONTENT_KEPT) return;
    content.parts.push(bytes);
    content.size += bytes.length;
  }

  #connected(): ControlClient {
    if (!this.#control) throw new RasvmError('CONTROL', `guest ${this.name} is not ready yet`);
    return this.#control;
  }

  /** Tries until the machine has its name and socket and answers, which is some time before the guest does. */
  async #connect(): Promise<ControlClient> {
    const { connect } = await import('../control/client.ts');
    const { findMachine } = await import('../control/names.ts');
    for (const deadline = performance.now() + pace.bootLimit; ; await sleep(POLL)) {
      let control: ControlClient | undefined;
      try {
        control = connect(findMachine(this.name));
        void this.#follow(control, await machineOrigin(control));
        return control;
      } catch (error) {
        control?.close();
        if (this.#ended || performance.now() > deadline || !isTemporary(error)) throw error;
      }
    }
  }

  async #follow(control: ControlClient, origin: number): Promise<void> {
    try {
      for await (const event of control.events({ since: 0, follow: true })) {
        this.events.push({ at: origin + event.time / 1e6, event });
      }
      this.events.end('the machine ended');
    } catch (error) {
      this.events.end((error as Error).message);
    }
  }
}

/** The machine is not there yet, or has not come to answering. */
function isTemporary(error: unknown): boolean {
  return error instanceof RasvmError && (error.code === 'NO_SUCH_MACHINE' || error.code === 'CONTROL');
}

/** When the machine's clock was zero, in ms of performance.now(): between a request and its answer. */
async function machineOrigin(control: ControlClient): Promise<number> {
  let best = { width: Number.POSITIVE_INFINITY, origin: 0 };
  for (let i = 0; i < 5; i++) {
    const before = performance.now();
    const { uptime } = await control.status();
    const width = performance.now() - before;
    if (width < best.width) best = { width, origin: before + width / 2 - uptime / 1e6 };
  }
  return best.origin;
}
