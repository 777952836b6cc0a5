/** What comes out of a guest, as lines: of its console, and of the agent in it (native/guest). */

import { type GuestLine, parseGuestLine } from './guest-line.ts';
import { agentLine } from './protocol.ts';

/** A line and when its last byte arrived here, in ms of performance.now(). */
export interface Line {
  at: number;
  text: string;
}

export interface ConsoleLine extends Line {
  /**
   * `console`: the guest's kernel printed it, or whoever else writes on the console there: any text. `agent`:
   * it came by the agent's own serial port, with the right checksum.
   */
  from: 'console' | 'agent';
  /** What the agent said; no line of the console has it, whatever is in its text. */
  said?: GuestLine;
}

/**
 * What a line of the agent's port says: undefined for one that its checksum does not fit, and for any other
 * line.
 */
export function heard(line: string, at: number): ConsoleLine | undefined {
  const text = agentLine(line);
  if (text === undefined) return undefined;
  const said = parseGuestLine(text);
  return { at, text, from: 'agent', ...(said && { said }) };
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

/** What was printed on the console, without what the agent said beside it. */
export function printedLines(lines: readonly ConsoleLine[]): ConsoleLine[] {
  return lines.filter(({ from }) => from === 'console');
}
