/** What a guest says: lines, those of its kernel, and those of the agent in it (native/guest). */

import { contentBytes, PREFIX } from './protocol.ts';

/** A line and when its last byte arrived here, in ms of performance.now(). */
export interface ConsoleLine {
  at: number;
  text: string;
}

/** A line without an end becomes one when it is so long: a guest can send what it likes. */
const LONGEST_LINE = 64 * 1024;

/** Cuts a byte stream into lines; carriage returns are dropped. */
export class LineSplitter {
  #rest = '';
  readonly #onLine: (text: string) => void;

  constructor(onLine: (text: string) => void) {
    this.#onLine = onLine;
  }

  push(bytes: Uint8Array): void {
    // The console's bytes are the kernel's: one character each, so that a cut never falls inside of one.
    const parts = (this.#rest + Buffer.from(bytes).toString('latin1')).split('\n');
    this.#rest = parts.pop()!;
    for (const part of parts) this.#onLine(part.replaceAll('\r', ''));
    if (this.#rest.length > LONGEST_LINE) this.flush();
  }

  /** What stands there without a line's end. */
  flush(): void {
    if (this.#rest !== '') this.#onLine(this.#rest.replaceAll('\r', ''));
    this.#rest = '';
  }
}

/** A line by printk, without its time and caller; `seconds` is the guest's time since its boot. */
export interface KernelLine {
  seconds: number;
  text: string;
}

const KERNEL_LINE = /^(?:<\d+>)?\[ *(\d+\.\d+)\](?:\[ *[TC]\d+\])? (.*)$/;

export function parseKernelLine(line: string): KernelLine | undefined {
  const match = KERNEL_LINE.exec(line);
  return match ? { seconds: Number(match[1]), text: match[2]! } : undefined;
}

/** The key=value words of an answer. */
export class Fields {
  readonly #words: ReadonlyMap<string, string>;

  constructor(words: readonly string[]) {
    this.#words = new Map(
      words.flatMap((word) => {
        const at = word.indexOf('=');
        return at > 0 ? [[word.slice(0, at), word.slice(at + 1)] as const] : [];
      }),
    );
  }

  has(key: string): boolean {
    return this.#words.has(key);
  }

  text(key: string): string {
    const value = this.#words.get(key);
    if (value === undefined) throw new RangeError(`the guest's answer has no '${key}'`);
    return value;
  }

  /** Decimal or 0x-hexadecimal. */
  number(key: string): number {
    return toNumber(key, this.text(key));
  }

  /** A 64-bit word. */
  word(key: string): bigint {
    return BigInt(this.text(key));
  }

  numbers(key: string): number[] {
    const text = this.text(key);
    return text === '' ? [] : text.split(',').map((each) => toNumber(key, each));
  }
}

function toNumber(key: string, text: string): number {
  const value = Number(text);
  if (text === '' || !Number.isSafeInteger(value)) {
    throw new RangeError(`'${text}' is no number (the guest's answer, ${key})`);
  }
  return value;
}

/** What the agent says: see native/guest/protocol.h. */
export type GuestLine =
  | { kind: 'ready'; release: string; cpus: number; pageSize: number }
  | { kind: 'answer'; tag: string; ok: true; fields: Fields; text: string }
  | { kind: 'answer'; tag: string; ok: false; message: string }
  /** Content that belongs to an answer, in order, before it. */
  | { kind: 'data'; tag: string; bytes: Buffer }
  /** A trace event, as trace_pipe has it. */
  | { kind: 'trace'; text: string }
  /** A victim got a signal that no touch of its own had asked for. */
  | { kind: 'signal'; victim: string; report: VictimSignal }
  /** A victim was killed outside a command. */
  | { kind: 'died'; victim: string; signal: number }
  | { kind: 'power-button' };

/** What a victim's SIGBUS handler was given (siginfo_t). */
export interface VictimSignal {
  signal: number;
  /** si_code: 4 BUS_MCEERR_AR, 5 BUS_MCEERR_AO, 3 BUS_OBJERR. */
  code: number;
  /** si_addr. */
  address: number;
  /** si_addr_lsb. */
  lsb: number;
  /** Id of the thread that it came to. */
  thread?: number;
}

/** @param line from {@link agentLine}. Undefined for any other line, whatever is in it. */
export function parseGuestLine(line: string): GuestLine | undefined {
  try {
    return parseLine(line);
  } catch (error) {
    // A field that is missing, or is not what it should be.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function parseLine(line: string): GuestLine | undefined {
  const at = line.indexOf(PREFIX);
  if (at < 0) return undefined;
  const said = line.slice(at + PREFIX.length);
  const data = /^(\S+) data (.*)$/s.exec(said);
  if (data) return { kind: 'data', tag: data[1]!, bytes: contentBytes(data[2]!) };
  const trace = /^event trace (.*)$/s.exec(said);
  if (trace) return { kind: 'trace', text: contentBytes(trace[1]!).toString() };
  const [first = '', second = '', ...rest] = said.trim().split(/ +/);
  const fields = new Fields([second, ...rest]);
  if (first === 'ready') {
    if (!fields.has('uname') || !fields.has('cpus')) return undefined;
    const pageSize = fields.has('page') ? fields.number('page') : 4096;
    return { kind: 'ready', release: fields.text('uname'), cpus: fields.number('cpus'), pageSize };
  }
  if (first === 'event') return parseEvent(second, rest);
  if (second === 'ok') return { kind: 'answer', tag: first, ok: true, fields, text: rest.join(' ') };
  if (second === 'error') return { kind: 'answer', tag: first, ok: false, message: rest.join(' ') };
  return undefined;
}

function parseEvent(subject: string, words: readonly string[]): GuestLine | undefined {
  if (subject === 'power-button') return { kind: 'power-button' };
  const fields = new Fields(words);
  if (!fields.has('signal')) return undefined;
  if (words[0] === 'died') return { kind: 'died', victim: subject, signal: fields.number('signal') };
  return { kind: 'signal', victim: subject, report: victimSignal(fields) };
}

/** @param prefix of the keys: "NAME." in the answer to `race`. */
export function victimSignal(fields: Fields, prefix = ''): VictimSignal {
  return {
    signal: fields.number(`${prefix}signal`),
    code: fields.number(`${prefix}code`),
    address: fields.number(`${prefix}addr`),
    lsb: fields.number(`${prefix}lsb`),
    ...(fields.has(`${prefix}thread`) && { thread: fields.number(`${prefix}thread`) }),
  };
}
