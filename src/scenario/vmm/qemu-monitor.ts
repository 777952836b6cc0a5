/** QEMU's monitor: QMP, a JSON object a line (QEMU docs/interop/qmp-spec.rst). */

import type { Socket } from 'node:net';
import { RasvmError } from '../../core/errors.ts';
import { LineSplitter } from '../guest/console.ts';
import { Feed } from '../guest/feed.ts';
import { connectWhenThere } from './socket.ts';

/** ms. */
const LIMIT = 20_000;

interface Message {
  id?: string;
  QMP?: object;
  return?: unknown;
  error?: { desc?: string };
}

export class QemuMonitor {
  readonly #said = new Feed<Message>("QEMU's monitor");
  readonly #socket: Promise<Socket>;
  #commands = 0;
  #closed = false;

  /** Connects when QEMU listens there. */
  constructor(path: string) {
    this.#socket = this.#connect(path);
    // Whoever gives a command is told.
    this.#socket.catch(() => {});
  }

  /** A command of the human monitor. @returns what it prints. @throws RasvmError CONTROL */
  async human(line: string): Promise<string> {
    return String(await this.#execute('human-monitor-command', { 'command-line': line }));
  }

  /** @param reason why there are no more answers */
  close(reason: string): void {
    this.#closed = true;
    this.#said.end(reason);
    void this.#socket.then((socket) => socket.destroy()).catch(() => {});
  }

  async #execute(command: string, args?: object): Promise<unknown> {
    return this.#ask(await this.#socket, command, args);
  }

  async #ask(socket: Socket, command: string, args?: object): Promise<unknown> {
    const id = String(++this.#commands);
    socket.write(`${JSON.stringify({ execute: command, ...(args && { arguments: args }), id })}\n`);
    const what = `an answer to ${command}`;
    const answer = await this.#said.find((each) => each.id === id, { what, limit: LIMIT });
    if (answer.error) throw new RasvmError('CONTROL', `QEMU: ${command}: ${answer.error.desc}`);
    return answer.return;
  }

  async #connect(path: string): Promise<Socket> {
    const socket = await connectWhenThere(path, () => this.#closed);
    if (!socket) throw new RasvmError('CONTROL', 'QEMU ended before its monitor was there');
    const lines = new LineSplitter((text) => this.#hear(text));
    socket.on('data', (bytes: Buffer) => lines.push(bytes));
    await this.#said.find(({ QMP }) => QMP !== undefined, { what: 'its greeting', limit: LIMIT });
    await this.#ask(socket, 'qmp_capabilities');
    return socket;
  }

  #hear(text: string): void {
    try {
      this.#said.push(JSON.parse(text) as Message);
    } catch {
      // No message: nothing waits for it.
    }
  }
}
