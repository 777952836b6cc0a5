/**
 * rasvm's log. pino (10 ms, 2 MB) is loaded at the first message that is to be written, never at start-up;
 * messages that come while it loads are kept, and written even if the process ends first.
 */

import { fstatSync, openSync, writeSync } from 'node:fs';
import { RasvmError } from './errors.ts';
import { openNonBlocking } from './non-blocking.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
type MessageLevel = Exclude<LogLevel, 'silent'>;

/** pino's numbers. */
const LEVEL_NUMBER = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
  silent: Infinity,
} as const;

export type LogFields = Record<string, unknown>;

export interface Log {
  /** Whether a message of that level goes anywhere: for those that are costly to make. */
  enabled(level: MessageLevel): boolean;
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Written before the call returns. */
  fatal(message: string, fields?: LogFields): void;
}

interface Message {
  level: MessageLevel;
  /** ms since 1970. */
  time: number;
  message: string;
  fields: LogFields;
}

/** Where lines go: a descriptor, as JSON or as readable text. */
interface Output {
  fd: number;
  readable: boolean;
}

let threshold: number = LEVEL_NUMBER.warn;
let output: Output = { fd: 2, readable: true };
let kept: Message[] = [];
let write: ((message: Message) => void) | undefined;
let loading = false;

/** Sets level and destination; before the first message. Throws FILE. */
export function configureLog(options: { level: LogLevel; file?: string }): void {
  threshold = LEVEL_NUMBER[options.level];
  if (options.file === undefined) return;
  try {
    output = { fd: openSync(options.file, 'a', 0o640), readable: false };
  } catch (error) {
    throw new RasvmError('FILE', `--log: ${options.file} cannot be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** From now on a stderr that nobody reads holds nothing up. @param stuck a descriptor that nobody reads */
export function hurryLog(stuck: number): void {
  if (!output.readable) return;
  const { fd } = output;
  const own = openNonBlocking(fd);
  if (own !== undefined) output.fd = own;
  // A socket, which cannot be opened again.
  else if (isSame(fd, stuck)) output.fd = openSync('/dev/null', 'w');
}

function isSame(a: number, b: number): boolean {
  const [one, other] = [fstatSync(a), fstatSync(b)];
  return one.ino === other.ino && one.dev === other.dev;
}

function emit(level: MessageLevel, message: string, fields: LogFields = {}): void {
  if (LEVEL_NUMBER[level] < threshold) return;
  const entry = { level, time: Date.now(), message, fields };
  if (write) {
    write(entry);
    return;
  }
  kept.push(entry);
  if (level === 'fatal') flushKept();
  else if (!loading) void load();
}

async function load(): Promise<void> {
  loading = true;
  process.once('exit', flushKept);
  const { default: pino } = await import('pino');
  const destination = { write: (line: string) => writeLine(output, line) };
  const logger = pino({ level: 'trace', base: null, timestamp: false, serializers: {} }, destination);
  write = ({ level, time, message, fields }) => logger[level]({ time, ...jsonable(fields) }, message);
  for (const entry of kept.splice(0)) write(entry);
}

/** Without pino: the same line, made here. */
function flushKept(): void {
  const entries = kept;
  kept = [];
  for (const { level, time, message, fields } of entries) {
    writeLine(
      output,
      `${JSON.stringify({ level: LEVEL_NUMBER[level], time, ...jsonable(fields), msg: message })}\n`,
    );
  }
}

/** bigint has no JSON form: 0x-hex. An error becomes its message. */
function jsonable(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (typeof value === 'bigint') return [name, `0x${value.toString(16)}`];
      if (value instanceof Error) return [name, value.message];
      return [name, value];
    }),
  );
}

/** ms that a full, non-blocking stderr may hold rasvm up for one message. */
const PATIENCE = 100;

/** @param line a JSON line of pino's. */
function writeLine({ fd, readable }: Output, line: string): void {
  let rest = Buffer.from(readable ? readableLine(line) : line);
  for (let waited = 0; rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      // Nobody reads the log: rasvm goes on without it.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || waited++ >= PATIENCE) return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/** `rasvm: warn: message (name=value ...)`, as every message of rasvm's on a terminal. */
export function readableLine(line: string): string {
  const { level, time: _, msg, ...fields } = JSON.parse(line) as LogFields;
  const name = LOG_LEVELS.find((each) => LEVEL_NUMBER[each] === level) ?? String(level);
  const rest = Object.entries(fields).map(
    ([field, value]) => `${field}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `rasvm: ${name}: ${msg}${rest.length > 0 ? ` (${rest.join(' ')})` : ''}\n`;
}

export const log: Log = {
  enabled: (level) => LEVEL_NUMBER[level] >= threshold,
  trace: (message, fields) => emit('trace', message, fields),
  debug: (message, fields) => emit('debug', message, fields),
  info: (message, fields) => emit('info', message, fields),
  warn: (message, fields) => emit('warn', message, fields),
  error: (message, fields) => emit('error', message, fields),
  fatal: (message, fields) => emit('fatal', message, fields),
};
