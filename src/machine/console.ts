/**
 * The guest's serial console on the terminal, or its output in a file. Output is written by one write(2) at a
 * time on libuv's thread pool: a terminal that is slow or stopped (Ctrl-S) never holds up the device thread,
 * and what comes meanwhile goes out in one piece.
 */

import { closeSync, fstatSync, openSync, write, writeSync } from 'node:fs';
import { RasvmError } from '../core/errors.ts';
import { log } from '../core/log.ts';
import type { ReadableWatch } from '../native/binding.ts';
import { loadAddon } from '../native/load.ts';
import type { ConsoleSpec } from './options.ts';

export interface ConsoleHandlers {
  /** What was typed, for the guest. `false`: no more for now; {@link Console.resumeInput} says when. */
  onInput(bytes: Uint8Array): unknown;
  /** Ctrl-A x. */
  onQuit(): void;
}

export interface Console {
  /** Takes a copy. `false`: much waits for a slow reader; the caller had better stop until onDrain. */
  write(bytes: Uint8Array): boolean;
  /** Calls back each time that all is written after write() gave false. */
  onDrain(listener: () => void): void;
  resumeInput(): void;
  /** Gives the terminal back; resolves when every byte is written or its reader is gone. */
  close(): Promise<void>;
}

/** Throws FILE. */
export function createConsole(spec: ConsoleSpec, handlers: ConsoleHandlers): Console {
  if (spec.kind === 'file') {
    const fd = openOutput(spec.path);
    const output = new Output(fd);
    return {
      write: (bytes) => output.write(bytes),
      onDrain: (listener) => output.onDrain(listener),
      resumeInput: () => {},
      async close() {
        await output.close();
        closeSync(fd);
      },
    };
  }
  const output = new Output(1);
  const input = new Input(handlers, (text) => void output.write(Buffer.from(text)));
  return {
    write: (bytes) => output.write(bytes),
    onDrain: (listener) => output.onDrain(listener),
    resumeInput: () => input.resume(),
    async close() {
      input.close();
      await output.close();
    },
  };
}

function openOutput(path: string): number {
  try {
    return openSync(path, 'w', 0o640);
  } catch (error) {
    throw new RasvmError('FILE', `--console: ${path} cannot be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Bytes that may wait before write() says so. */
const HIGH_WATER = 64 * 1024;
/** ms between attempts on a descriptor that another process has made non-blocking. */
const RETRY = 5;

/** Bytes to a descriptor, in order, none lost; see the file's head. */
class Output {
  readonly #fd: number;
  /** Not yet handed to write(2). */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #writing = false;
  /** The reader is gone (EPIPE, EIO ...): what comes is dropped. */
  #broken = false;
  #full = false;
  #drained: (() => void)[] = [];
  /** close() waits. */
  #closed: (() => void) | undefined;
  readonly #flushAtExit = (): void => this.#flushSync();

  constructor(fd: number) {
    this.#fd = fd;
    // An exit that does not go by close().
    process.once('exit', this.#flushAtExit);
  }

  write(bytes: Uint8Array): boolean {
    if (this.#broken) return true;
    this.#waiting.push(Buffer.from(bytes));
    this.#waitingBytes += bytes.length;
    if (!this.#writing) this.#next();
    this.#full ||= this.#waitingBytes > HIGH_WATER;
    return !this.#full;
  }

  onDrain(listener: () => void): void {
    this.#drained.push(listener);
  }

  async close(): Promise<void> {
    if (this.#writing) {
      await new Promise<void>((resolve) => {
        this.#closed = resolve;
      });
    }
    process.off('exit', this.#flushAtExit);
  }

  #next(): void {
    if (this.#waiting.length === 0) {
      this.#idle();
      return;
    }
    this.#writing = true;
    this.#write(this.#take());
  }

  #write(chunk: Buffer): void {
    write(this.#fd, chunk, (error, written) => {
      if (error?.code === 'EAGAIN') {
        setTimeout(() => this.#write(chunk), RETRY);
      } else if (error) {
        this.#break(error);
      } else if (written < chunk.length) {
        this.#write(chunk.subarray(written));
      } else {
        this.#next();
      }
    });
  }

  #take(): Buffer {
    const chunk = this.#waiting.length === 1 ? this.#waiting[0]! : Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    return chunk;
  }

  #break(error: Error): void {
    this.#broken = true;
    this.#take();
    log.warn(`the console's output is lost from here on: ${error.message}`);
    this.#idle();
  }

  /** Nothing waits any more; a listener may write again. */
  #idle(): void {
    this.#writing = false;
    if (this.#full) {
      this.#full = false;
      for (const listener of this.#drained) listener();
    }
    if (!this.#writing) this.#closed?.();
  }

  /** What no write(2) has taken yet; one that is under way ends by itself. */
  #flushSync(): void {
    let rest = this.#take();
    while (rest.length > 0) {
      try {
        rest = rest.subarray(writeSync(this.#fd, rest));
      } catch {
        return;
      }
    }
  }
}

/** Device number of /dev/null (Documentation/admin-guide/devices.txt). */
const NULL_DEVICE = 0x103;

/**
 * The terminal's keys, or whatever stdin is. Begins after the guest has been started. Node.js' streams, which take a start's
 * 20 ms to load, are not loaded before a pipe or a socket has something to read.
 */
class Input {
  readonly #handlers: ConsoleHandlers;
  readonly #keys: (bytes: Uint8Array) => boolean;
  #watch: ReadableWatch | undefined;
  #opened = false;
  #closed = false;
  #paused = false;
  readonly #restore = (): void => this.#setRaw(false);
  readonly #setAgain = (): void => this.#setRaw(true);
  readonly #onData = (bytes: Uint8Array): void => {
    const more: unknown = process.stdin.isTTY ? this.#keys(bytes) : this.#handlers.onInput(bytes);
    if (more !== false) return;
    this.#paused = true;
    process.stdin.pause();
  };

  constructor(handlers: ConsoleHandlers, print: (text: string) => void) {
    this.#handlers = handlers;
    this.#keys = escapeKeys({ ...handlers, onHelp: () => print(HELP) });
    setImmediate(() => this.#begin());
  }

  resume(): void {
    if (!this.#paused || this.#closed) return;
    this.#paused = false;
    process.stdin.resume();
  }

  close(): void {
    this.#closed = true;
    this.#watch?.close();
    if (!this.#opened) return;
    process.stdin.off('data', this.#onData);
    process.stdin.pause();
    process.off('SIGCONT', this.#setAgain);
    process.off('exit', this.#restore);
    this.#setRaw(false);
  }

  #begin(): void {
    if (this.#closed) return;
    // It is never closed: Node.js puts /dev/null in the place of a descriptor that is.
    const stats = fstatSync(0);
    if (stats.isCharacterDevice() && stats.rdev === NULL_DEVICE) return;
    if (!stats.isFIFO() && !stats.isSocket()) {
      this.#open();
      return;
    }
    try {
      this.#watch = new (loadAddon().ReadableWatch)(0, () => this.#open());
    } catch {
      // A host without a thread for it.
      this.#open();
    }
  }

  #open(): void {
    this.#watch?.close();
    this.#opened = true;
    const { stdin } = process;
    // A terminal that has gone away (EIO), a closed stdin: the guest runs on without input.
    stdin.on('error', () => {});
    if (stdin.isTTY) {
      this.#setRaw(true);
      process.once('exit', this.#restore);
      // The shell may have set the terminal while rasvm was stopped.
      process.on('SIGCONT', this.#setAgain);
    }
    stdin.on('data', this.#onData);
  }

  #setRaw(raw: boolean): void {
    if (process.stdin.isTTY) process.stdin.setRawMode(raw);
  }
}

const CTRL_A = 0x01;

const HELP =
  '\r\nrasvm: Ctrl-A x: power off (again: end at once)  Ctrl-A a: Ctrl-A for the guest  Ctrl-A ?: this help\r\n';

/** Takes the escape key's sequences out of what is typed; a sequence may come in pieces. For onInput's result. */
export function escapeKeys(handlers: ConsoleHandlers & { onHelp(): void }): (bytes: Uint8Array) => boolean {
  let escaped = false;
  return (bytes) => {
    const plain: number[] = [];
    for (const byte of bytes) {
      if (escaped) {
        escaped = false;
        const key = String.fromCharCode(byte).toLowerCase();
        if (key === 'a' || byte === CTRL_A) plain.push(CTRL_A);
        else if (key === 'x') handlers.onQuit();
        else handlers.onHelp();
      } else if (byte === CTRL_A) {
        escaped = true;
      } else {
        plain.push(byte);
      }
    }
    return plain.length === 0 || handlers.onInput(Uint8Array.from(plain)) !== false;
  };
}
