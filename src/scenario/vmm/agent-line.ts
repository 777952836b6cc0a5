/** The serial line to the agent in a guest: commands by tag, their answers, and what it says by itself. */

import type { Socket } from 'node:net';
import { RasvmError } from '../../core/errors.ts';
import { type ConsoleLine, heard, LineSplitter } from '../guest/console.ts';
import type { Feed } from '../guest/feed.ts';
import type { Fields, GuestLine } from '../guest/guest-line.ts';
import { argument } from '../guest/protocol.ts';
import { connectWhenThere } from './socket.ts';

/** Bytes of content that one answer may have; more is dropped. */
const CONTENT_KEPT = 2 ** 21;

/** Bytes that an agent may say in all; one that says more is not heard any more. */
const SAID_MOST = 2 ** 28;

export type LineOf<K extends GuestLine['kind']> = Extract<GuestLine, { kind: K }>;

/** A line of the agent's that is waited for. */
export interface Wanted<K extends GuestLine['kind']> {
  kind: K;
  /** Left out: any of this kind. */
  test?(line: LineOf<K>): boolean;
  /** For the error's message. */
  what: string;
  /** ms. */
  limit: number;
  /** Mark of the console. */
  from: number;
}

export class AgentLine {
  readonly #guest: string;
  readonly #console: Feed<ConsoleLine>;
  /** Content of answers that are waited for, by tag. */
  readonly #content = new Map<string, { parts: Buffer[]; size: number }>();
  #socket: Socket | undefined;
  #closed = false;
  #commands = 0;

  /**
   * @param guest its name, for messages
   * @param path of the Unix socket that the VMM will listen on
   * @param console gets the agent's lines beside the kernel's
   */
  constructor(guest: string, path: string, console: Feed<ConsoleLine>) {
    this.#guest = guest;
    this.#console = console;
    void this.#connect(path);
  }

  /** Sends a command and does not wait for its answer. @returns its tag */
  send(words: string): string {
    if (!this.#socket) throw new RasvmError('CONTROL', `guest ${this.#guest} is not ready yet`);
    const tag = String(++this.#commands);
    this.#socket.write(`${tag} ${words}\n`);
    return tag;
  }

  /**
   * @returns the answer. Rejects with CONTROL if the guest says that the command failed, or nothing.
   * @param limit ms
   */
  async ask(
    words: string | readonly (string | Uint8Array)[],
    limit: number,
  ): Promise<{ fields: Fields; content: Buffer }> {
    const line = typeof words === 'string' ? words : words.map(argument).join(' ');
    const from = this.#console.mark;
    const tag = this.send(line);
    const content = { parts: [] as Buffer[], size: 0 };
    this.#content.set(tag, content);
    try {
      const said = `'${line.slice(0, 100)}'`;
      const test = (each: LineOf<'answer'>) => each.tag === tag;
      const answer = await this.said({ kind: 'answer', test, what: `an answer to ${said}`, limit, from });
      if (!answer.ok)
        throw new RasvmError('CONTROL', `guest ${this.#guest}: ${said} failed: ${answer.message}`);
      return { fields: answer.fields, content: Buffer.concat(content.parts) };
    } finally {
      this.#content.delete(tag);
    }
  }

  async said<K extends GuestLine['kind']>({ kind, test, ...wait }: Wanted<K>): Promise<LineOf<K>> {
    let found: LineOf<K> | undefined;
    const matches = ({ said: line }: ConsoleLine) => {
      if (line?.kind !== kind || test?.(line as LineOf<K>) === false) return false;
      found = line as LineOf<K>;
      return true;
    };
    await this.#console.find(matches, wait);
    return found!;
  }

  close(): void {
    this.#closed = true;
    this.#socket?.destroy();
  }

  /** Tries until the VMM listens. */
  async #connect(path: string): Promise<void> {
    const socket = await connectWhenThere(path, () => this.#closed);
    if (!socket) return;
    const lines = new LineSplitter((text) => this.#hear(text));
    let said = 0;
    socket.on('data', (bytes: Buffer) => {
      said += bytes.length;
      if (said <= SAID_MOST) lines.push(bytes);
      else socket.destroy();
    });
    this.#socket = socket;
  }

  #hear(text: string): void {
    const line = heard(text, performance.now());
    if (line?.said?.kind === 'data') this.#keep(line.said.tag, line.said.bytes);
    else if (line) this.#console.push(line);
  }

  #keep(tag: string, bytes: Buffer): void {
    const content = this.#content.get(tag);
    if (!content || content.size + bytes.length > CONTENT_KEPT) return;
    content.parts.push(bytes);
    content.size += bytes.length;
  }
}
