/** What the agent in a guest says (native/guest/protocol.h): its lines, and their meaning. */

import { RasvmError } from '../../core/errors.ts';
import { contentBytes, PREFIX } from './protocol.ts';

/**
 * The key=value words of an answer. What a guest says is arbitrary: each throws RasvmError CONTROL for what
 * is not there.
 */
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
    if (value === undefined) throw new RasvmError('CONTROL', `the guest's answer has no '${key}'`);
    return value;
  }

  /** Decimal or 0x-hexadecimal. */
  number(key: string): number {
    return toNumber(key, this.text(key));
  }

  /** A 64-bit word, 0x-hexadecimal or decimal. */
  word(key: string): bigint {
    const text = this.text(key);
    if (!/^(0x[0-9a-f]{1,16}|\d{1,20})$/i.test(text)) throw notNumber(key, text);
    return BigInt(text);
  }

  numbers(key: string): number[] {
    const text = this.text(key);
    return text === '' ? [] : text.split(',').map((each) => toNumber(key, each));
  }
}

function toNumber(key: string, text: string): number {
  const value = Number(text);
  if (text === '' || !Number.isSafeInteger(value)) {
    throw notNumber(key, text);
  }
  return value;
}

function notNumber(key: string, text: string): RasvmError {
  return new RasvmError('CONTROL', `the guest's answer has ${key}=${text}, which is no number`);
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
  /** A victim got a signal that no touch of its own had caused. */
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

/** @param line from agentLine (protocol.ts). Undefined for what is nothing that an agent says. */
export function parseGuestLine(line: string): GuestLine | undefined {
  try {
    return parseLine(line);
  } catch (error) {
    // A field that is missing, or is not what it should be.
    if (error instanceof RasvmError) return undefined;
    throw error;
  }
}

function parseLine(line: string): GuestLine | undefined {
  if (!line.startsWith(PREFIX)) return undefined;
  const said = line.slice(PREFIX.length);
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
