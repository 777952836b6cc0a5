/**
 * The guest's serial console on the terminal, or its output in a file. A terminal that is slow or stopped (Ctrl-S) never
 * holds up the device thread: a terminal or a pipe is written without blocking, all else by one write(2) at a time on
 * libuv's thread pool. What comes meanwhile goes out in one piece.
 */

import { closeSync, fstatSync, openSync, write, writeSync } from 'node:fs';
import { RasvmError } from '../core/errors.ts';
import { hurryLog, log } from '../core/log.ts';
import { openNonBlocking } from '../core/non-blocking.ts';
import { giveTerminalBack, takeTerminal } from '../host/foreground.ts';
import type { ReadableWatch } from '../native/binding.ts';
import { loadAddon } from '../native/load.ts';
import type { ConsoleSpec } from './options.ts';

export interface ConsoleHandlers {
  /**
   * What was typed, for the guest. `false`: no more for now; {@link Console.resumeInput} says when. From a terminal more
   * comes all the same: the keys that end the guest must be read.
   */
  onInput(bytes: Uint8Array): boolean;
  /** Ctrl-A x. */
  onQuit(): void;
}

export interface Console {
  /** Takes a copy. `false`: much waits for a slow reader; the caller had better stop until onDrain. */
  write(bytes: Uint8Array): boolean;
  /** Calls back each time that all is written after write() gave false. */
  onDrain(listener: () => void): void;
  resumeInput(): void;
  /** Gives the terminal back; resolves when every byte is written or its reader is gone, or takes nothing for too long. */
  close(): Promise<void>;
}

export interface OwnConsole extends Console {
  /** close() waits for the reader no longer. Before close() it does nothing. */
  giveUp(): void;
}

/** ms that close() waits for a reader that takes nothing, such as a pager; a signal ends it before. */
const PATIENCE = 300_000;
/** ms that an exit without close() waits. */
const EXIT_PATIENCE = 5000;

/** @param patience ms, for tests. Throws FILE. */
export function createConsole(
  spec: ConsoleSpec,
  handlers: ConsoleHandlers,
  { patience = PATIENCE } = {},
): OwnConsole {
  if (spec.kind === 'file') {
    const fd = openOutput(spec.path);
    const output = new Output(fd, patience);
    return {
      write: (bytes) => output.write(bytes),
      onDrain: (listener) => output.onDrain(listener),
      resumeInput: () => {},
      giveUp: () => output.giveUp(),
      async close() {
        await output.close();
        closeSync(fd);
      },
    };
  }
  const output = new Output(1, patience);
  const input = new Input(handlers, (text) => void output.write(Buffer.from(text)));
  return {
    write: (bytes) => output.write(bytes),
    onDrain: (listener) => output.onDrain(listener),
    resumeInput: () => input.resume(),
    giveUp: () => output.giveUp(),
    async close() {
      // The keys that end the wait are read until it has ended.
      input.leaveGuest();
      await output.close();
      input.close();
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
/** ms between attempts on a descriptor that takes nothing now. */
const RETRY = 5;
/** Bytes of one write(2) that may block: each that ends shows that there is a reader. */
const BLOCKING = 16 * 1024;

/** Bytes to a descriptor, in order, none lost; see the file's head. */
class Output {
  readonly #fd: number;
  /** What is opened here, beside the descriptor that is given. */
  readonly #own: number | undefined;
  readonly #patience: number;
  /** Not yet handed to write(2). */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** Handed to write(2), or about to be again. */
  #underWay: Buffer | undefined;
  /** A thread is in write(2), which may block. */
  #inThread = false;
  #retry: NodeJS.Timeout | undefined;
  /** The reader is gone (EPIPE, EIO ...): what comes is dropped. */
  #broken = false;
  #full = false;
  #drained: (() => void)[] = [];
  /** close() waits. */
  #closed: (() => void) | undefined;
  #giveUpTimer: NodeJS.Timeout | undefined;
  readonly #flushAtExit = (): void => this.#flushSync();

  constructor(fd: number, patience: number) {
    this.#own = openNonBlocking(fd);
    this.#fd = this.#own ?? fd;
    this.#patience = patience;
    // An exit that does not go by close().
    process.once('exit', this.#flushAtExit);
  }

  write(bytes: Uint8Array): boolean {
    if (this.#broken) return true;
    this.#waiting.push(Buffer.from(bytes));
    this.#waitingBytes += bytes.length;
    if (!this.#underWay) this.#next();
    this.#full ||= this.#waitingBytes > HIGH_WATER;
    return !this.#full;
  }

  onDrain(listener: () => void): void {
    this.#drained.push(listener);
  }

  async close(): Promise<void> {
    if (this.#underWay) {
      await new Promise<void>((resolve) => {
        this.#closed = resolve;
        this.#giveUpTimer = setTimeout(() => this.giveUp(), this.#patience);
      });
      clearTimeout(this.#giveUpTimer);
    }
    process.off('exit', this.#flushAtExit);
    this.#broken = true;
    if (this.#own !== undefined) closeSync(this.#own);
  }

  giveUp(): void {
    if (!this.#closed || !this.#underWay) return;
    const lost = this.#underWay.length + this.#waitingBytes;
    this.#broken = true;
    this.#take();
    clearTimeout(this.#retry);
    hurryLog(this.#fd);
    log.warn(`nobody reads the console: ${lost} bytes of the guest's output are not written`);
    // An exit would wait for that thread, for ever. All else that is done at the exit has been done by then; the status is lost.
    process.once('exit', () => {
      if (this.#inThread) process.kill(process.pid, 'SIGKILL');
    });
    this.#closed();
  }

  #next(): void {
    if (this.#waiting.length === 0) this.#idle();
    else this.#write(this.#take());
  }

  #write(chunk: Buffer): void {
    this.#underWay = chunk;
    if (this.#own === undefined) {
      this.#inThread = true;
      write(this.#fd, chunk, 0, Math.min(chunk.length, BLOCKING), null, (error, written) => {
        this.#inThread = false;
        this.#written(chunk, written, error);
      });
      return;
    }
    let written = 0;
    let failure: NodeJS.ErrnoException | null = null;
    try {
      written = writeSync(this.#fd, chunk);
    } catch (error) {
      failure = error as NodeJS.ErrnoException;
    }
    this.#written(chunk, written, failure);
  }

  #written(chunk: Buffer, written: number, error: NodeJS.ErrnoException | null): void {
    // close() has given it up.
    if (this.#broken) return;
    if (error?.code === 'EAGAIN') {
      this.#retry = setTimeout(() => this.#write(chunk), RETRY);
      return;
    }
    if (error) {
      this.#break(error);
      return;
    }
    this.#giveUpTimer?.refresh();
    if (written < chunk.length) this.#write(chunk.subarray(written));
    else this.#next();
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
    this.#underWay = undefined;
    if (this.#full) {
      this.#full = false;
      for (const listener of this.#drained) listener();
    }
    if (!this.#underWay) this.#closed?.();
  }

  /** What no write(2) has taken yet; one that is under way in a thread ends by itself. */
  #flushSync(): void {
    const underWay = this.#inThread ? undefined : this.#underWay;
    let rest = Buffer.concat([...(underWay ? [underWay] : []), this.#take()]);
    const patience = Math.min(this.#patience, EXIT_PATIENCE);
    for (let waited = 0; rest.length > 0 && waited < patience; ) {
      try {
        rest = rest.subarray(writeSync(this.#fd, rest));
        waited = 0;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY);
        waited += RETRY;
      }
    }
  }
}

/** Device number of /dev/null (Documentation/admin-guide/devices.txt). */
const NULL_DEVICE = 0x103;

/** Bytes that the guest is given at a time, so that all before it says that it is enough find their place with it. */
const PIECE = 4096;

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
  #guestLeft = false;
  /** The terminal is this process's to set and to read, or is not (any more); the shell may have set it in between. */
  readonly #lookAtTerminal = (): void => {
    process.stdin.off('data', this.#onKeys);
    if (takeTerminal()) process.stdin.on('data', this.#onKeys).resume();
    else process.stdin.pause();
  };
  readonly #onKeys = (bytes: Uint8Array): void => void this.#keys(bytes);
  readonly #onData = (bytes: Uint8Array): void => {
    for (let at = 0; at < bytes.length; at += PIECE) {
      if (this.#toGuest(bytes.subarray(at, at + PIECE))) continue;
      this.#paused = true;
      process.stdin.pause();
      const rest = bytes.subarray(at + PIECE);
      if (rest.length > 0) process.stdin.unshift(rest);
      return;
    }
  };

  constructor(handlers: ConsoleHandlers, print: (text: string) => void) {
    this.#handlers = handlers;
    this.#keys = escapeKeys({
      onInput: (bytes) => this.#toGuest(bytes),
      onQuit: () => handlers.onQuit(),
      onHelp: () => print(HELP),
    });
    setImmediate(() => this.#begin());
  }

  resume(): void {
    if (!this.#paused || this.#closed) return;
    this.#paused = false;
    process.stdin.resume();
  }

  /** Only the escape key's sequences count from now on. */
  leaveGuest(): void {
    this.#guestLeft = true;
  }

  close(): void {
    this.#closed = true;
    this.#watch?.close();
    if (!this.#opened) return;
    process.stdin.off('data', this.#onData);
    process.stdin.off('data', this.#onKeys);
    process.stdin.pause();
    process.off('SIGCONT', this.#lookAtTerminal);
    process.off('exit', giveTerminalBack);
    giveTerminalBack();
  }

  #toGuest(bytes: Uint8Array): boolean {
    return this.#guestLeft || this.#handlers.onInput(bytes);
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
    if (!stdin.isTTY) {
      stdin.on('data', this.#onData);
      return;
    }
    process.once('exit', giveTerminalBack);
    process.on('SIGCONT', this.#lookAtTerminal);
    this.#lookAtTerminal();
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
    return plain.length === 0 || handlers.onInput(Uint8Array.from(plain));
  };
}
