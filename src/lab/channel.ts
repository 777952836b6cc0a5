/** Runs commands through one stream of frames: the agent's port, or a supervisor's socket. */

import { constants } from 'node:os';
import { type Duplex, Readable, Writable } from 'node:stream';
import { errnoName } from '../core/errno.ts';
import { RasvmError } from '../core/errors.ts';
import { decodeEnd, endedEarly } from './end.ts';
import {
  ExitKind,
  encodeExec,
  encodeFrame,
  encodeSize,
  encodeU32,
  type Frame,
  FrameReader,
  FrameType,
  MAX_PAYLOAD,
  OUTPUT_WINDOW,
  PROTOCOL_VERSION,
  STDIN_WINDOW,
  Stream,
  type TerminalSize,
} from './frames.ts';

export interface ExecOptions {
  /** Directory in the lab; /share (the shared directory) when not given. */
  readonly cwd?: string;
  /** Added to the lab's own environment. */
  readonly env?: Record<string, string>;
  /** Run on a pseudo terminal of that size; stderr then comes with stdout. */
  readonly tty?: TerminalSize;
}

/**
 * How a command ended: `signal` is set when one ended it. `status` is the shell's view, 128+n for signal n.
 */
export interface CommandExit {
  readonly status: number;
  readonly signal?: NodeJS.Signals;
  /** errno's name when the command could not be started (status 126 or 127). */
  readonly error?: string;
}

/** A command in the lab. All of its output must be read, or it waits: windows bound what is under way. */
export interface LabProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** @throws RasvmError LAB_DIED or LAB when the lab ends before the command does, by {@link endError}. */
  readonly exit: Promise<CommandExit>;
  /** Sends a signal to the command's process group. */
  kill(signal: NodeJS.Signals): void;
  resize(size: TerminalSize): void;
  /** Kills the command and everything that it started. */
  hangup(): void;
}

export class Channel {
  /** Settles once the stream is over. */
  readonly closed: Promise<void>;
  readonly #stream: Duplex;
  readonly #reader = new FrameReader();
  readonly #sessions = new Map<number, Session>();
  readonly #waiting = new Map<number, (frame: Frame) => void>();
  readonly #listener = (bytes: Buffer) => this.#take(bytes);
  #next = 1;
  #over = false;
  #end: RasvmError | undefined;

  /**
   * @param whyEnded asked when the stream is over; left out: the other end has said it in a frame, or
   * nobody knows
   */
  constructor(stream: Duplex, whyEnded?: () => Promise<RasvmError>) {
    this.#stream = stream;
    stream.on('error', () => {});
    stream.on('data', this.#listener);
    this.closed = new Promise((resolve) => {
      stream.on('close', async () => {
        this.#over = true;
        this.#end ??= (await whyEnded?.()) ?? endedEarly();
        for (const session of this.#sessions.values()) session.lost(this.#end);
        resolve();
      });
    });
  }

  exec(argv: readonly string[], options: ExecOptions = {}): LabProcess {
    const payload = encodeExec(argv, options.cwd ?? '/share', options.env ?? {}, options.tty);
    // Once it is over, and why is not known yet, a command fails as all others will.
    if (this.#end) throw this.#end;
    const id = this.#free();
    const session = new Session((type, stream, bytes) =>
      this.#stream.write(encodeFrame(type, id, stream, bytes)),
    );
    this.#sessions.set(id, session);
    const done = () => this.#sessions.delete(id);
    session.exit.then(done, done);
    session.send(FrameType.Exec, 0, payload);
    return session;
  }

  /** The first frame of that type that comes; `undefined` when the stream ends before it. */
  async next(type: FrameType): Promise<Frame | undefined> {
    return Promise.race([
      new Promise<Frame>((resolve) => this.#waiting.set(type, resolve)),
      this.closed.then(() => undefined),
    ]);
  }

  /** Why the stream is over; undefined while it is not. */
  get end(): RasvmError | undefined {
    return this.#end;
  }

  /** Leaves the stream to somebody else. */
  detach(): void {
    this.#stream.off('data', this.#listener);
  }

  /** A frame that belongs to no session. */
  send(type: FrameType, payload?: Uint8Array): void {
    if (!this.#over) this.#stream.write(encodeFrame(type, 0, 0, payload));
  }

  close(): void {
    this.#stream.destroy();
  }

  #free(): number {
    while (this.#sessions.has(this.#next)) this.#next = (this.#next % 0xffff) + 1;
    const id = this.#next;
    this.#next = (id % 0xffff) + 1;
    return id;
  }

  #take(bytes: Buffer): void {
    try {
      for (const frame of this.#reader.push(bytes)) {
        if (frame.session !== 0) this.#sessions.get(frame.session)?.take(frame);
        else if (frame.type === FrameType.Ended) this.#end = decodeEnd(frame.payload);
        else {
          this.#waiting.get(frame.type)?.(frame);
          this.#waiting.delete(frame.type);
        }
      }
    } catch (error) {
      this.#stream.destroy(error as Error);
    }
  }
}

/** Waits for the agent's first frame. @throws RasvmError LAB when it speaks another version. */
export async function greet(channel: Channel): Promise<void> {
  const hello = await channel.next(FrameType.Hello);
  if (!hello) throw channel.end ?? endedEarly();
  if (hello.payload.readUInt32LE(0) !== PROTOCOL_VERSION)
    throw new RasvmError('LAB', 'the lab image is of another version: run `rasvm lab clean`');
}

type Send = (type: FrameType, stream: number, bytes?: Uint8Array) => void;

class Session implements LabProcess {
  readonly stdin: Writable;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly exit: Promise<CommandExit>;
  readonly send: Send;
  #ended!: (exit: CommandExit) => void;
  #failed!: (error: Error) => void;
  /** Bytes that the agent still takes; what waits for more of them. */
  #credit = STDIN_WINDOW;
  #blocked: (() => void) | undefined;
  #over = false;

  constructor(send: Send) {
    this.send = (type, stream, bytes) => {
      if (!this.#over) send(type, stream, bytes);
    };
    this.exit = new Promise((resolve, reject) => {
      this.#ended = resolve;
      this.#failed = reject;
    });
    this.exit.catch(() => {});
    this.stdin = new Writable({
      write: (chunk: Buffer, _encoding, done) => this.#write(chunk, done),
      final: (done) => {
        this.send(FrameType.Data, Stream.Stdin);
        done();
      },
    });
    const output = (stream: number) =>
      new Output((bytes) => this.send(FrameType.Credit, stream, encodeU32(bytes)));
    this.stdout = output(Stream.Stdout);
    this.stderr = output(Stream.Stderr);
  }

  kill(signal: NodeJS.Signals): void {
    this.send(FrameType.Signal, 0, encodeU32(constants.signals[signal]));
  }

  resize(size: TerminalSize): void {
    this.send(FrameType.Resize, 0, encodeSize(size));
  }

  hangup(): void {
    this.send(FrameType.Hangup, 0);
  }

  take(frame: Frame): void {
    switch (frame.type) {
      case FrameType.Data: {
        const output = frame.stream === Stream.Stdout ? this.stdout : this.stderr;
        output.deliver(frame.payload.length ? frame.payload : null);
        break;
      }
      case FrameType.Credit:
        this.#credit += frame.payload.readUInt32LE(0);
        this.#blocked?.();
        break;
      case FrameType.Exit:
        this.#finish();
        this.#ended(decodeExit(frame.payload.readUInt32LE(0), frame.payload.readUInt32LE(4)));
        break;
    }
  }

  lost(why: Error): void {
    if (this.#over) return;
    this.#finish();
    this.#failed(why);
  }

  #finish(): void {
    this.#over = true;
    this.stdout.deliver(null);
    this.stderr.deliver(null);
    this.#blocked?.();
    this.stdin.destroy();
  }

  #write(chunk: Buffer, done: () => void): void {
    this.#blocked = undefined;
    while (chunk.length > 0 && this.#credit > 0 && !this.#over) {
      const part = chunk.subarray(0, Math.min(this.#credit, MAX_PAYLOAD));
      this.#credit -= part.length;
      this.send(FrameType.Data, Stream.Stdin, part);
      chunk = chunk.subarray(part.length);
    }
    if (chunk.length === 0 || this.#over) done();
    else this.#blocked = () => this.#write(chunk, done);
  }
}

/** One output of a command. Credit goes back when the reader takes the bytes, not when they arrive. */
class Output extends Readable {
  readonly #waiting: (Buffer | null)[] = [];
  readonly #credit: (bytes: number) => void;
  #wanted = false;
  #consumed = 0;

  constructor(credit: (bytes: number) => void) {
    super();
    this.#credit = credit;
  }

  /** `null` is the end; what comes after it is ignored. */
  deliver(chunk: Buffer | null): void {
    if (this.#waiting.at(-1) === null) return;
    this.#waiting.push(chunk);
    if (this.#wanted) this._read();
  }

  override _read(): void {
    const chunk = this.#waiting[0];
    this.#wanted = chunk === undefined;
    if (chunk === undefined) return;
    if (chunk !== null) {
      this.#waiting.shift();
      this.#consumed += chunk.length;
    }
    // Few, large credits: each one costs the emulated host an interrupt.
    if (this.#consumed >= OUTPUT_WINDOW / 4) {
      this.#credit(this.#consumed);
      this.#consumed = 0;
    }
    this.push(chunk);
  }
}

function decodeExit(kind: number, value: number): CommandExit {
  if (kind === ExitKind.Status) return { status: value };
  if (kind === ExitKind.Signal) return { status: 128 + value, ...signalOf(value) };
  const error = errnoName(value);
  return { status: error === 'ENOENT' ? 127 : 126, error };
}

function signalOf(number: number): { signal?: NodeJS.Signals } {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found ? { signal: found[0] as NodeJS.Signals } : {};
}
