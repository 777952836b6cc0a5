/** Joins this process's standard streams, terminal and signals to a command in the lab. */

import { RasvmError } from '../core/errors.ts';
import { giveTerminalBack, inForeground, takeTerminal } from '../host/foreground.ts';
import type { ExecOptions, LabProcess } from './channel.ts';
import type { TerminalSize } from './frames.ts';

/** The terminal's size when standard input and output both are one. */
export function terminalSize(): TerminalSize | undefined {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return undefined;
  return { rows: process.stdout.rows, columns: process.stdout.columns };
}

/** What of this process's environment a command in the lab should see. */
export function passedEnvironment(): Record<string, string> {
  const names = /^(TERM|COLORTERM|NO_COLOR|FORCE_COLOR|NODE_OPTIONS|RASVM_.*)$/;
  const own = new Set(['RASVM_CACHE', 'RASVM_DEBIAN_MIRROR', ...(process.stdout.isTTY ? [] : ['TERM'])]);
  const passed = Object.entries(process.env).filter(
    ([name, value]) => value && names.test(name) && !own.has(name),
  );
  return Object.fromEntries(passed) as Record<string, string>;
}

export type Start = (options: ExecOptions) => LabProcess;

/**
 * Runs a command to its end with everything passed through; gives its exit status, 128+n for signal n.
 * @param input false leaves standard input, and so the terminal's keys, to others.
 * @throws RasvmError LAB_DIED or LAB when the lab ends first.
 */
export async function attach(
  start: Start,
  name: string,
  options: ExecOptions,
  { input = true } = {},
): Promise<number> {
  const tty = input ? terminalSize() : undefined;
  const command = start({ ...options, ...(tty && { tty }) });
  const undo = [...joinSignals(command), ...(tty ? joinSize(command) : [])];
  const flushed = [
    copy(command.stdout, process.stdout, command),
    copy(command.stderr, process.stderr, command),
  ];
  command.stdin.on('error', () => {});
  if (input) undo.push(joinInput(command, tty !== undefined));
  else command.stdin.end();
  try {
    const { status, error } = await command.exit;
    await Promise.all(flushed);
    if (error) throw new RasvmError('LAB', `${name} cannot be started in the lab: ${error}`);
    return status;
  } finally {
    for (const step of undo) step();
  }
}

/** Standard input as a command's; it may be the next command's after it. */
function readStdin(): NodeJS.ReadStream {
  // A file has neither.
  if ('ref' in process.stdin) process.stdin.ref();
  return process.stdin;
}

/** Nobody reads it now, and it does not keep this process. */
function leaveStdin(): void {
  process.stdin.unpipe();
  process.stdin.pause();
  if ('unref' in process.stdin) process.stdin.unref();
}

/** Without a terminal a signal to this process is one for the command; with one its keys arrive as bytes. */
function joinSignals(command: LabProcess): (() => void)[] {
  return (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const).map((signal) => {
    const pass = () => command.kill(signal);
    process.on(signal, pass);
    return () => process.off(signal, pass);
  });
}

/** Standard input for the command; a terminal's keys only while they are this process's to read. */
function joinInput(command: LabProcess, raw: boolean): () => void {
  const stdin = readStdin();
  const look = () => {
    stdin.unpipe(command.stdin);
    if (stdin.isTTY && !(raw ? takeTerminal() : inForeground())) stdin.pause();
    else stdin.pipe(command.stdin);
  };
  if (stdin.isTTY) process.on('SIGCONT', look);
  look();
  return () => {
    process.off('SIGCONT', look);
    giveTerminalBack();
    leaveStdin();
  };
}

function joinSize(command: LabProcess): (() => void)[] {
  const resize = () => command.resize({ rows: process.stdout.rows, columns: process.stdout.columns });
  process.stdout.on('resize', resize);
  return [() => process.stdout.off('resize', resize)];
}

/**
 * Ends when the last byte is written, or nobody reads it any more; then the command ends too, as in a pipe.
 */
function copy(from: NodeJS.ReadableStream, to: NodeJS.WriteStream, command: LabProcess): Promise<void> {
  return new Promise((resolve) => {
    to.on('error', () => {
      command.hangup();
      resolve();
    });
    from.on('end', () => to.write('', () => resolve()));
    from.pipe(to, { end: false });
  });
}
