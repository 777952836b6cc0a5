/**
 * Names of running machines. A name is taken by a directory NAME/ in the runtime directory that one process
 * owns (host/ownership.ts), with all that is the machine's:
 *
 *     NAME/1234.567890.1ulajuk/control.sock      NAME.sock -> NAME/1234.567890.1ulajuk/control.sock
 */

import { readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { RasvmError } from '../core/errors.ts';
import {
  entriesOf,
  isAlive,
  isHere,
  type Owner,
  ownerName,
  ownerOf,
  removeOwned,
  self,
  takeOwnership,
} from '../host/ownership.ts';
import { findRuntimeDirectory, openRuntimeDirectory } from '../host/runtime-dir.ts';
import { checkName, isName } from './name.ts';

/** sizeof(sockaddr_un.sun_path) less the final NUL; a longer path would be cut by libuv. */
const SOCKET_PATH_MAX = 107;

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

/**
 * Takes `name` for this process, synchronously and with a handful of system calls. Throws NAME_IN_USE,
 * USAGE, FILE.
 */
export function claimName(name = `vm-${process.pid}`, runtime = openRuntimeDirectory()): Claim {
  checkName(name);
  const id = ownerName(self());
  const path = join(runtime, name);
  const directory = join(path, id);
  const socketPath = join(directory, 'control.sock');
  if (Buffer.byteLength(socketPath) > SOCKET_PATH_MAX) {
    throw new RasvmError(
      'USAGE',
      `${socketPath} is too long for a unix socket (${SOCKET_PATH_MAX} bytes); use a shorter --name or XDG_RUNTIME_DIR`,
    );
  }
  const owner = take(name, path);
  if (owner && !isHere(owner)) {
    throw new RasvmError(
      'NAME_IN_USE',
      `a machine named '${name}' was started in another container (PID namespace): give another --name, or remove ` +
        `${join(path, ownerName(owner))} if that has ended`,
    );
  }
  if (owner) {
    throw new RasvmError(
      'NAME_IN_USE',
      `a machine named '${name}' runs already (pid ${owner.pid}); give another --name, or end it with: rasvm stop ${name}`,
    );
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

function take(name: string, path: string): Owner | undefined {
  try {
    return takeOwnership(path);
  } catch (error) {
    throw new RasvmError('FILE', `the name '${name}' cannot be taken: ${(error as Error).message}`, {
      cause: error,
    });
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
  const path = join(runtime, name);
  const owner = ownerOf(path);
  return (
    owner && {
      name,
      pid: owner.pid,
      socketPath: join(path, ownerName(owner), 'control.sock'),
      isAlive: () => isAlive(owner),
    }
  );
}

function linkTarget(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}
