/** A program in the host under the stopwatch, and a guest in it that answers. */

import { setTimeout as sleep } from 'node:timers/promises';
import { RasvmError } from '../../src/core/errors.ts';
import type { LabProcess } from '../../src/lab/channel.ts';
import { heard, LineSplitter } from '../../src/scenario/guest/console.ts';
import { Feed } from '../../src/scenario/guest/feed.ts';
import type { Fields } from '../../src/scenario/guest/guest-line.ts';
import { addressList } from '../../src/scenario/guest/victim.ts';
import { FILES, type Host } from './host.ts';
import type { Subject } from './subjects.ts';

/** First words of the first line of guest user space (native/guest/init.c). */
const READY = 'rasvm-guest: ready';

/** ms of this machine's time. An emulated host under icount runs at a tenth of its own time, or less. */
const LIMIT = { boot: 300_000, command: 180_000, exit: 60_000 } as const;

/** Pages that one answer of the guest names at most (native/guest/victim.h). */
const REPORTS = 128;

/** ns of the host's CLOCK_MONOTONIC. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Runs a program to its end. @throws RasvmError LAB when it fails */
export async function timeToEnd(host: Host, argv: readonly string[]): Promise<Span> {
  const timed = new Timed(host, '', argv);
  const { start, end, status } = await timed.ended();
  if (status !== 0)
    throw new RasvmError('LAB', `${argv.join(' ')} ended with status ${status}${timed.said()}`);
  return { start, end };
}

/** A VMM whose guest is in user space. */
export class RunningGuest {
  /** Process id in the host. */
  readonly pid: number;
  /** From exec to the guest's first line of user space. */
  readonly boot: Span;
  readonly #timed: Timed;
  #commands = 0;

  /** Boots a guest. @throws RasvmError CONTROL when it does not come up */
  static async start(host: Host, subject: Subject): Promise<RunningGuest> {
    const timed = new Timed(host, READY, subject.argv);
    try {
      const [pid, start, end] = await timed.numbers(
        /pid=(\d+) start=(\d+) mark=(\d+)/,
        'its ready line',
        LIMIT.boot,
      );
      return new RunningGuest(timed, pid!, { start: start!, end: end! });
    } catch (error) {
      await timed.kill();
      throw error;
    }
  }

  private constructor(timed: Timed, pid: number, boot: Span) {
    this.#timed = timed;
    this.pid = pid;
    this.boot = boot;
  }

  /** Runs a command of native/guest/commands*.c. @throws RasvmError CONTROL when it fails */
  async command(words: string): Promise<Fields> {
    const tag = `b${++this.#commands}`;
    this.#timed.process.stdin.write(`${tag} ${words}\n`);
    const find = (text: string) => {
      const line = heard(text, 0)?.said;
      return line?.kind === 'answer' && line.tag === tag ? line : undefined;
    };
    const what = `an answer to '${words}'`;
    const answer = find(
      await this.#timed.output.find((text) => find(text) !== undefined, { what, limit: LIMIT.command }),
    )!;
    if (!answer.ok) throw new RasvmError('CONTROL', `the guest: '${words}' failed: ${answer.message}`);
    return answer.fields;
  }

  /** Gives a process of the guest so many pages of its own. @returns their GPAs */
  async allocate(victim: string, count: number): Promise<number[]> {
    await this.command(`alloc ${victim} anon ${count}`);
    const gpas: number[] = [];
    while (gpas.length < count) {
      const some = Math.min(REPORTS, count - gpas.length);
      gpas.push(...addressList((await this.command(`where ${victim} ${gpas.length} ${some}`)).text('gpa')));
    }
    return gpas;
  }

  /** Powers the guest off; what does not end by that is killed. */
  async end(): Promise<void> {
    this.#timed.process.stdin.write('end poweroff\n');
    const late = new AbortController();
    await Promise.race([
      this.#timed.ended(),
      sleep(LIMIT.exit, undefined, { signal: late.signal }).catch(() => {}),
    ]);
    late.abort();
    await this.#timed.kill();
  }
}

/** A process of stopwatch.c. */
class Timed {
  readonly process: LabProcess;
  /** Lines of standard output. */
  readonly output: Feed<string>;
  /** Lines of standard error, the stopwatch's among them. */
  readonly #errors: Feed<string>;

  constructor(host: Host, mark: string, argv: readonly string[]) {
    this.output = new Feed(argv[0]!);
    this.#errors = new Feed(argv[0]!);
    this.process = host.start([FILES.stopwatch, mark, ...argv]);
    this.process.stdin.on('error', () => {});
    for (const [stream, feed] of [
      [this.process.stdout, this.output],
      [this.process.stderr, this.#errors],
    ] as const) {
      const lines = new LineSplitter((text) => feed.push(text));
      stream.on('data', (bytes: Buffer) => lines.push(bytes));
      stream.on('end', () => {
        lines.flush();
        feed.end(`it ended${this.said()}`);
      });
    }
  }

  /** Numbers in a line of the stopwatch. */
  async numbers(pattern: RegExp, what: string, limit: number): Promise<number[]> {
    const line = await this.#errors.find((text) => text.startsWith('stopwatch: ') && pattern.test(text), {
      what,
      limit,
    });
    return pattern.exec(line)!.slice(1).map(Number);
  }

  async ended(): Promise<Span & { status: number }> {
    const [start, end, status] = await this.numbers(
      /start=(\d+) end=(\d+) status=(\d+)/,
      'its end',
      LIMIT.boot,
    );
    return { start: start!, end: end!, status: status! };
  }

  /** What it said on standard error, for an error's message. */
  said(): string {
    const lines = this.#errors.items.filter((text) => !text.startsWith('stopwatch: '));
    return lines.length > 0 ? `: ${lines.slice(-3).join(' | ')}` : '';
  }

  async kill(): Promise<void> {
    this.process.hangup();
    await this.process.exit;
  }
}
