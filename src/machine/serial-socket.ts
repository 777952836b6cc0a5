/**
 * The far end of a serial port as a unix socket (stream) that rasvm listens on. One client at a time, others wait;
 * while there is none, the latest of what the guest sends is kept for the next.
 */

import { lstatSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { RasvmError } from '../errors.ts';
import type { Console } from './console.ts';

/** Bytes that are kept while nobody is there. */
const KEPT = 64 * 1024;
/** sun_path of struct sockaddr_un, without its end (include/uapi/linux/un.h). */
const LONGEST_PATH = 107;
/** ms that a client has to take what the guest said last. */
const PATIENCE = 1000;

/** Resolves when clients can connect. @param onInput as for a console. @throws RasvmError FILE */
export async function listenSerial(path: string, onInput: (bytes: Uint8Array) => boolean): Promise<Console> {
  const failed = (why: string, cause?: unknown) =>
    new RasvmError('FILE', `--serial unix:${path}: ${why}`, { cause });
  if (Buffer.byteLength(path) > LONGEST_PATH)
    throw failed(`the path of a socket has at most ${LONGEST_PATH} bytes`);
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there && !there.isSocket()) throw failed('there is a file that is no socket');
  if (there && (await answers(path))) throw failed('another program listens there');
  if (there) unlinkSync(path);
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(failed(error.message, error)));
    // The line is the owner's; the socket is made during this call.
    const mask = process.umask(0o077);
    try {
      server.listen(path, resolve);
    } finally {
      process.umask(mask);
    }
  });
  return new SerialSocket(server, onInput);
}

/** Whether somebody listens there, or only a socket is left over. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
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
