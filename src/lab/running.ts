/** Finds the user's running labs, and starts one that stays (`lab up`). */

import { spawn } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, EXIT_STATUS, RasvmError } from '../core/errors.ts';
import { withLock } from '../host/lock.ts';
import type { Progress } from '../host/progress.ts';
import { Channel } from './channel.ts';
import { FrameType } from './frames.ts';
import { prepareLab } from './lab.ts';
import { isSameLab, type LabOptions } from './options.ts';
import { packageRoot } from './package-root.ts';
import { labDirectory } from './runtime.ts';
import type { LabStatus } from './supervisor.ts';

export interface RunningLab {
  readonly status: LabStatus;
  readonly channel: Channel;
}

/** Every lab of this user; the caller closes the channels. Sockets that nobody listens on are removed. */
export async function runningLabs(): Promise<RunningLab[]> {
  const directory = labDirectory();
  const names = (await readdir(directory)).filter((name) => /^lab-\d+\.sock$/.test(name));
  const labs = await Promise.all(names.map((name) => connect(join(directory, name))));
  return labs.filter((lab) => lab !== undefined);
}

/** The running lab that these options describe, if there is one. */
export async function findLab(options: LabOptions): Promise<RunningLab | undefined> {
  return findFitting((running) => isSameLab(running, options));
}

/** The first running lab that fits; a lab that ends with another command does not. */
export async function findFitting(
  ...fits: readonly ((running: LabOptions) => boolean)[]
): Promise<RunningLab | undefined> {
  const labs = await runningLabs();
  const staying = labs.filter(({ status }) => status.idle !== undefined);
  const [found] = fits.flatMap((fit) => staying.find(({ status }) => fit(status.options)) ?? []);
  for (const lab of labs) if (lab !== found) lab.channel.close();
  return found;
}

/** @returns undefined when nobody listens there any more. */
export async function connect(path: string): Promise<RunningLab | undefined> {
  const socket = createConnection(path);
  const connected = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  if (!connected) {
    await rm(path, { force: true });
    return undefined;
  }
  const channel = new Channel(socket);
  channel.send(FrameType.Status);
  const status = await statusOf(channel, path);
  return status && { channel, status };
}

/** ms; a process that keeps a lab has little else to do. */
const STATUS_LIMIT = 10_000;

async function statusOf(channel: Channel, path: string): Promise<LabStatus | undefined> {
  const unusable = (what: string, cause?: unknown) => {
    channel.close();
    const pid = /lab-(\d+)\.sock$/.exec(path)?.[1];
    return new RasvmError('LAB', `the lab that process ${pid} keeps ${what}: kill ${pid} ends both`, {
      cause,
    });
  };
  const late = new AbortController();
  const limit = sleep(STATUS_LIMIT, undefined, { signal: late.signal }).then(() => {
    throw unusable(`has not answered for ${STATUS_LIMIT / 1000} s`);
  });
  limit.catch(() => {});
  try {
    const answer = await Promise.race([channel.next(FrameType.Status), limit]);
    return answer && (JSON.parse(answer.payload.toString()) as LabStatus);
  } catch (error) {
    throw error instanceof SyntaxError ? unusable('does not answer as a lab does', error) : error;
  } finally {
    late.abort();
  }
}

/** What a supervisor tells the command line that started it. */
export type SupervisorWord = { readonly ready: true } | Pick<RasvmError, 'code' | 'message' | 'more'>;

/**
 * Starts a lab that stays after this process, or finds the one that runs.
 * @param entry arguments of Node.js for `rasvm lab supervise`.
 * @throws RasvmError LAB or ARCHIVE
 */
export async function raiseLab(
  options: LabOptions,
  idle: number,
  progress: Progress,
  entry: readonly string[],
): Promise<LabStatus> {
  await prepareLab(options, progress);
  return withLock(join(labDirectory(), 'up'), async () => {
    const running = await findLab(options);
    running?.channel.close();
    if (running) return running.status;
    progress.step('Starting the lab');
    await startSupervisor([...entry, JSON.stringify({ options, idle })]);
    progress.end();
    const lab = await findLab(options);
    lab?.channel.close();
    if (!lab) throw new RasvmError('LAB', 'the lab ended as soon as it had started');
    return lab.status;
  });
}

async function startSupervisor(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    // Node.js' options of a source tree name packages that are found from there.
    cwd: packageRoot(),
  });
  const word = await new Promise<SupervisorWord | undefined>((resolve) => {
    createInterface(child.stdout!).once('line', (line) => resolve(supervisorWord(line)));
    child.once('exit', () => resolve(undefined));
    child.once('error', () => resolve(undefined));
  });
  child.stdout!.destroy();
  child.unref();
  if (word && 'ready' in word) return;
  const { code, message, more } = word ?? unfit('its process said nothing');
  throw new RasvmError(code, message, { more });
}

/** What a supervisor's first line says; another program's line is an error of its own. */
export function supervisorWord(line: string): SupervisorWord {
  try {
    const word = JSON.parse(line) as Partial<Record<'ready' | 'code' | 'message' | 'more', unknown>>;
    if (word.ready === true) return { ready: true };
    const { code, message, more } = word;
    if (typeof code === 'string' && code in EXIT_STATUS && typeof message === 'string')
      return { code: code as ErrorCode, message, more: Array.isArray(more) ? more.map(String) : [] };
  } catch {
    // As below.
  }
  return unfit(line.slice(0, 200));
}

function unfit(what: string): Exclude<SupervisorWord, { ready: true }> {
  return { code: 'LAB', message: `the lab could not be started: ${what}`, more: [] };
}
