/**
 * Names of running machines. A name is taken by a directory NAME/ in the runtime directory that holds one
 * directory, named after the process that took it (pid, start time, PID namespace), with all that is the
 * machine's:
 *
 *     NAME/1234.567890.1ulajuk/control.sock      NAME.sock -> NAME/1234.567890.1ulajuk/control.sock
 *
 * rename(2) of a prepared directory is what takes it: it succeeds only if NAME/ is not there or empty, so of
 * any number of takers one wins. What a dead process left is removed by its own path, which cannot be that of
 * the next owner; so a take-over needs no lock.
 */

import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { RasvmError } from '../core/errors.ts';
import { findRuntimeDirectory, openRuntimeDirectory } from '../host/runtime-dir.ts';
import { checkName, isName } from './name.ts';

/** sizeof(sockaddr_un.sun_path) less the final NUL; a longer path would be cut by libuv. */
const SOCKET_PATH_MAX = 107;

/** A process, told apart from a later one with the same pid. */
interface Owner {
  pid: number;
  /** Clock ticks since boot: field 22 of /proc/PID/stat (proc_pid_stat(5)). */
  startTime: string;
  /** The PID namespace in which `pid` means something: /proc/PID/ns/pid, base 36. */
  namespace: string;
}

export interface RunningMachine {
  name: string;
  pid: number;
  socketPath: string;
  /** False once the process is gone, even if its pid is used again. */
  isAlive(): boolean;
}

/** A name that this process holds. */
export interface Claim {
  readonly name: string;
  /** Of the machine's own, removed at release. */
  readonly directory: string;
  readonly socketPath: string;
  /** Makes NAME.sock, once the socket is there. */
  publish(): void;
  /** Gives the name back. Safe to call in an 'exit' handler, and twice. */
  release(): void;
}

/** Takes `name` for this process, synchronously and with a handful of system calls. Throws NAME_IN_USE, USAGE, FILE. */
export function claimName(name = `vm-${process.pid}`, runtime = openRuntimeDirectory()): Claim {
  checkName(name);
  const self: Owner = { pid: process.pid, startTime: startTimeOf(process.pid)!, namespace: ownNamespace() };
  const id = `${self.pid}.${self.startTime}.${self.namespace}`;
  const path = join(runtime, name);
  const directory = join(path, id);
  const socketPath = join(directory, 'control.sock');
  if (Buffer.byteLength(socketPath) > SOCKET_PATH_MAX) {
    throw new RasvmError(
      'USAGE',
      `${socketPath} is too long for a unix socket (${SOCKET_PATH_MAX} bytes); use a shorter --name or XDG_RUNTIME_DIR`,
    );
  }
  const prepared = join(runtime, `.${name}.${id}`);
  try {
    mkdirSync(join(prepared, id), { recursive: true, mode: 0o700 });
    take(name, prepared, path);
  } catch (error) {
    rmSync(prepared, { recursive: true, force: true });
    if (error instanceof RasvmError) throw error;
    throw new RasvmError('FILE', `the name '${name}' cannot be taken: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const link = join(runtime, `${name}.sock`);
  const target = join(name, id, 'control.sock');
  return {
    name,
    directory,
    socketPath,
    publish() {
      const fresh = `${link}.${id}`;
      symlinkSync(target, fresh);
      // Over whatever link a dead machine left.
      renameSync(fresh, link);
    },
    release() {
      if (linkTarget(link) === target) rmSync(link, { force: true });
      removeOwned(path, id);
    },
  };
}

function take(name: string, prepared: string, path: string): void {
  for (;;) {
    try {
      renameSync(prepared, path);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    }
    for (const entry of entriesOf(path)) {
      const owner = parseOwner(entry);
      if (owner && owner.namespace !== ownNamespace()) {
        throw new RasvmError(
          'NAME_IN_USE',
          `a machine named '${name}' was started in another container (PID namespace): give another --name, or remove ` +
            `${join(path, entry)} if that has ended`,
        );
      }
      if (owner && isAlive(owner)) {
        throw new RasvmError(
          'NAME_IN_USE',
          `a machine named '${name}' runs already (pid ${owner.pid}); give another --name, or end it with: rasvm stop ${name}`,
        );
      }
      removeOwned(path, entry);
    }
  }
}

/** The machines of this user that run, by name. What dead ones left is not listed. */
export function runningMachines(runtime = findRuntimeDirectory()): RunningMachine[] {
  if (!runtime) return [];
  return entriesOf(runtime)
    .filter(isName)
    .sort()
    .flatMap((name) => machineOf(runtime, name) ?? []);
}

/** Throws NO_SUCH_MACHINE, USAGE. */
export function findMachine(name: string, runtime = findRuntimeDirectory()): RunningMachine {
  checkName(name);
  const found = runtime && machineOf(runtime, name);
  if (found) return found;
  const others = runningMachines(runtime).map((machine) => machine.name);
  const hint = others.length > 0 ? `running: ${others.join(', ')}` : 'none runs; start one with: rasvm run';
  throw new RasvmError('NO_SUCH_MACHINE', `no machine named '${name}' runs (${hint})`);
}

function machineOf(runtime: string, name: string): RunningMachine | undefined {
  for (const id of entriesOf(join(runtime, name))) {
    const owner = parseOwner(id);
    if (owner && isAlive(owner)) {
      return {
        name,
        pid: owner.pid,
        socketPath: join(runtime, name, id, 'control.sock'),
        isAlive: () => isAlive(owner),
      };
    }
  }
  return undefined;
}

function parseOwner(id: string): Owner | undefined {
  const [, pid, startTime, namespace] = /^(\d+)\.(\d+)\.([0-9a-z]+)$/.exec(id) ?? [];
  return namespace === undefined ? undefined : { pid: Number(pid), startTime: startTime!, namespace };
}

/** Of another PID namespace nobody here can say that it has ended. */
function isAlive({ pid, startTime, namespace }: Owner): boolean {
  return namespace !== ownNamespace() || startTimeOf(pid) === startTime;
}

/** `pid:[4026531836]` as `1ulajuk`: the path of a socket has few bytes. */
function ownNamespace(): string {
  return Number(/\d+/.exec(readlinkSync('/proc/self/ns/pid'))![0]).toString(36);
}

/** Undefined if there is no such process, or only its zombie. */
function startTimeOf(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The command's name (field 2) may hold anything, so count from the last parenthesis: field 3 is the state.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

function entriesOf(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

/** Removes one owner's directory, and NAME/ with it unless somebody else has taken it since. */
function removeOwned(path: string, id: string): void {
  rmSync(join(path, id), { recursive: true, force: true });
  try {
    rmdirSync(path);
  } catch {
    // Taken over (ENOTEMPTY) or removed by another.
  }
}

function linkTarget(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}
