/**
 * The far end of a serial port as a unix socket (stream) that rasvm listens on. One client at a time, others wait;
 * while there is none, the latest of what the guest sends is kept for the next.
 */

import { createServer, type Server, type Socket } from 'node:net';
import { listenOnPath } from '../host/unix-socket.ts';
import type { Console } from './console.ts';

/** Bytes that are kept while nobody is there. */
const KEPT = 64 * 1024;
/** ms that a client has to take what the guest said last. */
const PATIENCE = 1000;

/** Resolves when clients can connect. @param onInput as for a console. @throws RasvmError FILE */
export async function listenSerial(path: string, onInput: (bytes: Uint8Array) => boolean): Promise<Console> {
  const server = createServer();
  await listenOnPath(server, path, '--serial');
  return new SerialSocket(server, onInput);
}

class SerialSocket implements Console {
  readonly #server: Server;
  readonly #onInput: (bytes: Uint8Array) => boolean;
  readonly #drained: (() => void)[] = [];
  #client: Socket | undefined;
  /** Clients whose turn has not come. */
  readonly #waiting = new Set<Socket>();
  #kept: Buffer[] = [];
  #keptBytes = 0;

  constructor(server: Server, onInput: (bytes: Uint8Array) => boolean) {
    this.#server = server;
    this.#onInput = onInput;
    server.on('connection', (socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('close', () => this.#gone(socket));
      if (this.#client) this.#waiting.add(socket);
      else this.#serve(socket);
    });
  }

  write(bytes: Uint8Array): boolean {
    if (this.#client) return this.#client.write(bytes);
    this.#kept.push(Buffer.from(bytes));
    this.#keptBytes += bytes.length;
    while (this.#keptBytes > KEPT) {
      const first = this.#kept[0]!;
      const surplus = this.#keptBytes - KEPT;
      if (first.length > surplus) this.#kept[0] = first.subarray(surplus);
      else this.#kept.shift();
      this.#keptBytes -= Math.min(first.length, surplus);
    }
    return true;
  }

  onDrain(listener: () => void): void {
    this.#drained.push(listener);
  }

  resumeInput(): void {
    this.#client?.resume();
  }

  async close(): Promise<void> {
    const client = this.#client;
    for (const socket of this.#waiting) socket.destroy();
    this.#waiting.clear();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    if (client) {
      const timer = setTimeout(() => client.destroy(), PATIENCE);
      client.once('close', () => clearTimeout(timer));
      client.resume();
      client.end(() => client.destroy());
    }
    await closed;
  }

  #serve(socket: Socket): void {
    this.#client = socket;
    socket.on('drain', () => this.#ready());
    socket.on('data', (bytes: Buffer) => {
      if (!this.#onInput(bytes)) socket.pause();
    });
    const kept = Buffer.concat(this.#kept);
    this.#kept = [];
    this.#keptBytes = 0;
    if (kept.length > 0) socket.write(kept);
  }

  #gone(socket: Socket): void {
    this.#waiting.delete(socket);
    if (socket !== this.#client) return;
    this.#client = undefined;
    const [next] = this.#waiting;
    if (next) {
      this.#waiting.delete(next);
      this.#serve(next);
    }
    // Whoever waited for this client waits no more.
    this.#ready();
  }

  #ready(): void {
    for (const listener of this.#drained) listener();
  }
}
