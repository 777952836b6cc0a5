/**
 * The stream between the lab's outside and its agent: a fixed header and a payload, many sessions over one
 * stream. native/lab/protocol.h is the other end, and says what each frame carries.
 */

import { RasvmError } from '../core/errors.ts';

export const PROTOCOL_VERSION = 2;
export const HEADER_SIZE = 8;
export const MAX_PAYLOAD = 128 * 1024;
/** Bytes that may be under way unacknowledged, to the command and from it. */
export const STDIN_WINDOW = 64 * 1024;
export const OUTPUT_WINDOW = 256 * 1024;

export const FrameType = {
  Hello: 1,
  Exec: 2,
  Data: 3,
  Credit: 4,
  Signal: 5,
  Resize: 6,
  Hangup: 7,
  Exit: 8,
  PowerOff: 9,
  Ping: 10,
  Pong: 11,
  /** Between a command line and the supervisor only: ask for, and give, its status as JSON. */
  Status: 32,
  /** Between a command line and the supervisor only: end the lab. */
  Stop: 33,
  /** From the supervisor to a command line only: how the lab ended (end.ts). Nothing comes after it. */
  Ended: 34,
} as const;
export type FrameType = (typeof FrameType)[keyof typeof FrameType];

export const Stream = { Stdin: 0, Stdout: 1, Stderr: 2 } as const;

export const ExitKind = { Status: 0, Signal: 1, Errno: 2 } as const;

export interface Frame {
  readonly type: number;
  readonly session: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** The header of `struct frame_header`, then the payload. */
export function encodeFrame(
  type: FrameType,
  session: number,
  stream = 0,
  payload: Uint8Array = NOTHING,
): Buffer {
  if (payload.length > MAX_PAYLOAD) throw new RangeError(`a frame carries at most ${MAX_PAYLOAD} bytes`);
  const frame = Buffer.allocUnsafe(HEADER_SIZE + payload.length);
  frame.writeUInt32LE(payload.length, 0);
  frame.writeUInt16LE(session, 4);
  frame.writeUInt8(type, 6);
  frame.writeUInt8(stream, 7);
  frame.set(payload, HEADER_SIZE);
  return frame;
}
const NOTHING = new Uint8Array(0);

/** Cuts a byte stream into frames, however it was split on the way. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** @throws RasvmError LAB when the other end does not speak this protocol. */
  *push(bytes: Buffer): Generator<Frame> {
    let data = this.#rest.length ? Buffer.concat([this.#rest, bytes]) : bytes;
    this.#rest = Buffer.alloc(0);
    try {
      while (data.length >= HEADER_SIZE) {
        const length = data.readUInt32LE(0);
        if (length > MAX_PAYLOAD) throw new RasvmError('LAB', 'what came through its channel is no frame');
        if (data.length < HEADER_SIZE + length) break;
        const payload = data.subarray(HEADER_SIZE, HEADER_SIZE + length);
        const frame = { type: data[6]!, session: data.readUInt16LE(4), stream: data[7]!, payload };
        data = data.subarray(HEADER_SIZE + length);
        yield frame;
      }
    } finally {
      this.#rest = data;
    }
  }
}

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** `struct exec_header`, the working directory, the arguments and the environment as NUL-ended strings. */
export function encodeExec(
  argv: readonly string[],
  cwd: string,
  env: Record<string, string>,
  tty?: TerminalSize,
): Buffer {
  const strings = [cwd, ...argv, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
  const bad = strings.find((string) => string.includes('\0'));
  if (bad !== undefined)
    throw new RasvmError('USAGE', `an argument holds a NUL character: ${JSON.stringify(bad)}`);
  const header = Buffer.alloc(8);
  header.writeUInt16LE(tty ? 1 : 0, 0);
  header.writeUInt16LE(tty?.rows ?? 0, 2);
  header.writeUInt16LE(tty?.columns ?? 0, 4);
  header.writeUInt16LE(argv.length, 6);
  const payload = Buffer.concat([header, Buffer.from(`${strings.join('\0')}\0`)]);
  if (argv.length === 0) throw new RasvmError('USAGE', 'no command to run in the lab');
  if (payload.length > MAX_PAYLOAD)
    throw new RasvmError(
      'USAGE',
      `the command line and environment are too long for the lab (${MAX_PAYLOAD} bytes)`,
    );
  return payload;
}

export function encodeU32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function encodeSize(size: TerminalSize): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16LE(size.rows, 0);
  bytes.writeUInt16LE(size.columns, 2);
  return bytes;
}
