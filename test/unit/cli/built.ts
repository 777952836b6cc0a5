/**
 * rasvm as a bundle has it, for tests that run commands: compiling each anew takes longer than all else. Most run in a
 * thread that stays, as starting Node.js each time is what then takes longest.
 */

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { build } from 'esbuild';

const SOURCE = fileURLToPath(new URL('../../../src/', import.meta.url));

const MAIN = 'main.mjs';

/** Builds rasvm into the directory; gives its program, for node. */
export async function buildRasvm(directory: string): Promise<string> {
  await build({
    entryPoints: [`${SOURCE}cli/main.ts`, `${SOURCE}cli/program.ts`, `${SOURCE}cli/shared/report.ts`],
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    conditions: ['rasvm-source'],
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
    },
  });
  return join(directory, MAIN);
}

export interface BuiltRasvm {
  /** Runs a command line in the thread, which has it to itself. */
  (args: readonly string[], input?: Uint8Array | string): Result;
  /** Runs a command line as a process. */
  process(args: readonly string[], input?: Uint8Array | string): Result;
  /** Runs it as a process of a shell, which says where its output goes. */
  shell(command: string): Result;
}

/** rasvm, which is built before the tests of the file that calls this. */
export function builtRasvm(): BuiltRasvm {
  const directory = mkdtempSync(join(tmpdir(), 'rasvm-built-'));
  let thread: Thread | undefined;
  before(() => buildRasvm(directory));
  after(async () => {
    await thread?.end();
    rmSync(directory, { recursive: true });
  });
  const rasvm = (args: readonly string[], input: Uint8Array | string = '') => {
    thread ??= new Thread(directory);
    return thread.run(args, input);
  };
  rasvm.process = (args: readonly string[], input: Uint8Array | string = '') => {
    return resultOf(spawnSync(process.execPath, [join(directory, MAIN), ...args], { ...OPTIONS, input }));
  };
  rasvm.shell = (command: string) =>
    resultOf(spawnSync('sh', ['-c', `'${process.execPath}' '${join(directory, MAIN)}' ${command}`], OPTIONS));
  return rasvm;
}

const OPTIONS = { env: { ...process.env, RASVM_DEBUG: '' }, maxBuffer: 1 << 28 };

function resultOf({ status, stdout, stderr }: SpawnSyncReturns<Buffer>): Result {
  return { status, bytes: stdout, stdout: stdout.toString(), stderr: stderr.toString() };
}

/** What the thread runs: a command line as main.ts does, with standard streams that are only in memory. */
const SERVER = `
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Readable } from 'node:stream';
import { workerData } from 'node:worker_threads';
import { runProgram } from './program.mjs';
import { reportError } from './shared/report.mjs';

const { port, signal } = workerData;
const readFileSync = fs.readFileSync;
let input;
fs.readFileSync = (path, ...options) => (path === 0 ? input : readFileSync(path, ...options));
syncBuiltinESMExports();

port.on('message', async ({ args, input: bytes }) => {
  input = Buffer.from(bytes);
  const streams = { stdout: [], stderr: [] };
  for (const name of ['stdout', 'stderr'])
    process[name].write = (chunk, done) => {
      streams[name].push(Buffer.from(chunk));
      done?.();
      return true;
    };
  console.log = (line) => process.stdout.write(line + '\\n');
  Object.defineProperty(process, 'stdin', { value: Readable.from([input]), configurable: true });
  process.exitCode = undefined;
  try {
    await runProgram(args);
  } catch (error) {
    process.exitCode = reportError(error);
  }
  process.stdout.removeAllListeners('error');
  const [stdout, stderr] = [streams.stdout, streams.stderr].map((parts) => Buffer.concat(parts));
  port.postMessage({ status: process.exitCode ?? 0, stdout, stderr });
  process.exitCode = undefined;
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
});
`;

interface Answer {
  readonly status: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** Longest that a command may take, in milliseconds. */
const TIMEOUT = 120_000;

class Thread {
  readonly #port: MessagePort;
  readonly #signal = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker;

  constructor(directory: string) {
    const { port1, port2 } = new MessageChannel();
    const server = join(directory, 'server.mjs');
    writeFileSync(server, SERVER);
    this.#port = port1;
    this.#worker = new Worker(server, {
      workerData: { port: port2, signal: this.#signal },
      transferList: [port2],
      env: { ...process.env, RASVM_DEBUG: '' },
      execArgv: [],
      stdout: true,
    });
  }

  run(args: readonly string[], input: Uint8Array | string): Result {
    Atomics.store(this.#signal, 0, 0);
    this.#port.postMessage({ args, input: Buffer.from(input as Uint8Array) });
    if (Atomics.wait(this.#signal, 0, 0, TIMEOUT) === 'timed-out')
      throw new Error(`rasvm ${args.join(' ')} has not ended`);
    const { status, stdout, stderr } = (receiveMessageOnPort(this.#port) as { message: Answer }).message;
    const [bytes, errors] = [Buffer.from(stdout), Buffer.from(stderr)];
    return { status, bytes, stdout: bytes.toString(), stderr: errors.toString() };
  }

  async end(): Promise<void> {
    this.#port.close();
    await this.#worker.terminate();
  }
}

export interface Result {
  readonly status: number | null;
  /** Standard output as it is. */
  readonly bytes: Uint8Array;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory that the test has for itself. */
export function scratch(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'rasvm-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
