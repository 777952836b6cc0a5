/** Runs a program of the machine to its end. */

import { spawn } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { RasvmError } from '../core/errors.ts';
import { findProgram } from './system-packages.ts';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: Uint8Array;
}

/**
 * Standard output of the program.
 * @param program its name, or an absolute path
 * @throws RasvmError LAB with the last line of standard error when it fails.
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Buffer> {
  const child = spawn(isAbsolute(program) ? program : findProgram(program), args, {
    cwd: options.cwd,
    env: options.env ?? { ...process.env, LC_ALL: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-8192);
  });
  child.stdin.on('error', () => {});
  child.stdin.end(options.input);
  const status = await new Promise<number | string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? signal ?? 1));
  });
  if (status === 0) return Buffer.concat(output);
  const reason = errors.trim().split('\n').filter(isTelling).at(-1) ?? `it ended with ${status}`;
  throw new RasvmError('LAB', `${program} failed: ${reason}`);
}

/** apt ends its complaints with general advice. */
function isTelling(line: string): boolean {
  return line.trim() !== '' && !/Unable to fetch some archives|Some index files failed/.test(line);
}
