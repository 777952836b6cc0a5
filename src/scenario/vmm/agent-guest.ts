/** A guest under test in any VMM: its process, its console, and the agent in it. */

import { join } from 'node:path';
import { type ConsoleLine, type Line, parseKernelLine, printedLines } from '../guest/console.ts';
import type { Feed } from '../guest/feed.ts';
import type { Fields } from '../guest/guest-line.ts';
import { pace } from '../guest/pace.ts';
import { CONTENT_MOST } from '../guest/protocol.ts';
import type { Ready } from '../guest/under-test.ts';
import {
  addressList,
  type Page,
  type PageKind,
  type TouchKind,
  type TouchResult,
  touchResult,
} from '../guest/victim.ts';
import { AgentLine } from './agent-line.ts';
import { type ChildOptions, type Exit, VmmChild } from './child.ts';
import type { Vmm } from './vmm.ts';

/** ms. Generous: a guest in an emulated host boots in ten seconds when nothing else runs. */
export const LIMIT = { command: 45_000, line: 20_000, event: 20_000, exit: 45_000 } as const;

/** Addresses in one answer to `where`. */
const WHERE_MOST = 128;

/** The agent's socket in the guest's own directory. */
export function agentSocket(directory: string): string {
  return join(directory, 'agent');
}

let started = 0;

/** One that no other guest of this user has. */
export function guestName(): string {
  return `guest-${process.pid}-${++started}`;
}

export abstract class AgentGuest {
  readonly vmm: Vmm;
  readonly name: string;
  /** What it says: its kernel on the console, and its agent on a serial port of its own. */
  readonly console: Feed<ConsoleLine>;
  /** What the VMM itself says, as lines. */
  readonly log: readonly Line[];
  /** Of the VMM, the program first. */
  readonly commandLine: readonly string[];
  /** Resolves when the process is gone and its output is read. */
  readonly exited: Promise<Exit>;

  protected readonly child: VmmChild;
  readonly #began = performance.now();
  readonly #agent: AgentLine;
  /** Bytes of a page of its kernel's. */
  #pageSize = 4096;

  protected constructor(vmm: Vmm, options: Omit<ChildOptions, 'title'>) {
    this.vmm = vmm;
    this.name = options.name;
    this.commandLine = options.argv;
    this.child = new VmmChild({
      ...options,
      title: vmm.title,
      onEnd: (reason) => {
        this.#agent.close();
        options.onEnd?.(reason);
      },
    });
    this.console = this.child.console;
    this.log = this.child.log;
    this.exited = this.child.exited;
    this.#agent = new AgentLine(this.name, agentSocket(options.directory), this.console);
  }

  get pid(): number {
    return this.child.pid;
  }

  /** The guest's user space is there. */
  async ready(): Promise<Ready> {
    const what = 'user space';
    const ready = await this.#agent.said({ kind: 'ready', what, limit: pace.bootLimit, from: 0 });
    this.#pageSize = ready.pageSize;
    pace.booted(performance.now() - this.#kernelBegan());
    return ready;
  }

  /** Waits for user space anew, after a reboot. */
  async readyAgain(from: number): Promise<void> {
    const what = 'user space after the reboot';
    await this.#agent.said({ kind: 'ready', what, limit: pace.bootLimit, from });
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
    return this.#agent.ask(words, limit);
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
    this.#agent.send(words);
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
    const size = this.#pageSize;
    const gpas = addressList(fields.text('gpa'), size);
    // A line has room for the first ones only.
    while (gpas.length < count) {
      const more = Math.min(WHERE_MOST, count - gpas.length);
      const where = await this.command(`where ${victim} ${first + gpas.length} ${more}`);
      gpas.push(...addressList(where.text('gpa'), size));
    }
    return gpas.map((gpa, i) => ({ victim, index: first + i, va: va && va + i * size, gpa, kind, size }));
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
    const test = ({ from: channel, text }: ConsoleLine) => {
      const line = channel === 'console' ? parseKernelLine(text) : undefined;
      return line !== undefined && pattern.test(line.text);
    };
    return this.console.find(test, { what: `a kernel line like ${pattern}`, limit, from });
  }

  /** What the guest's kernel has printed since `from`. */
  kernelLines(from = 0): string[] {
    return printedLines(this.console.items.slice(from)).flatMap(
      ({ text }) => parseKernelLine(text)?.text ?? [],
    );
  }

  /** A trace event that was switched on by the command `trace on EVENT...`, as trace_pipe has it. */
  async traceEvent(pattern: RegExp, from = 0, limit: number = pace.stretch(LIMIT.line)): Promise<string> {
    const what = `a trace event like ${pattern}`;
    const test = ({ text }: { text: string }) => pattern.test(text);
    return (await this.#agent.said({ kind: 'trace', test, what, limit, from })).text;
  }

  async victimSignal(victim: string, from: number) {
    const { report } = await this.#agent.said({
      kind: 'signal',
      test: (line) => line.victim === victim,
      what: `a signal to ${victim}`,
      limit: pace.stretch(LIMIT.line),
      from,
    });
    return report;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.signal(signal);
  }

  /** Waits for the end of the process. Rejects with CONTROL at the limit. */
  async exit(limit: number = pace.stretch(LIMIT.exit)): Promise<Exit> {
    return this.child.exit(limit);
  }

  /** Powers the guest off from inside and waits for the process. */
  async powerOff(): Promise<Exit> {
    this.send('poweroff');
    return this.exit();
  }

  /** Ends it, whatever it does. */
  async kill(): Promise<void> {
    await this.child.kill();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  /**
   * When its kernel was started: firmware before that says so on the console (Linux
   * drivers/firmware/efi/libstub).
   */
  #kernelBegan(): number {
    const isStub = ({ from, text }: ConsoleLine) => from === 'console' && text.includes('EFI stub: ');
    return this.console.items.find(isStub)?.at ?? this.#began;
  }
}
