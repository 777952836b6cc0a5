/**
 * Directories that one process owns until it gives them back or ends. PATH/ holds one directory, named
 * after its owner (pid, start time, PID namespace), with all that is the owner's:
 *
 *     PATH/1234.567890.1ulajuk/...
 *
 * rename(2) of a prepared directory is what takes it: it succeeds only if PATH/ is not there or empty, so
 * of any number of takers one wins. What a dead process left is removed by its own path, which cannot be
 * that of the next owner; so a take-over needs no lock.
 */

import { mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A process, told apart from a later one with the same pid. */
export interface Owner {
  readonly pid: number;
  /** Clock ticks since boot: field 22 of /proc/PID/stat (proc_pid_stat(5)). */
  readonly startTime: string;
  /** The PID namespace in which `pid` means something: /proc/PID/ns/pid, base 36. */
  readonly namespace: string;
}

/** This process. */
export function self(): Owner {
  return { pid: process.pid, startTime: startTimeOf(process.pid)!, namespace: ownNamespace() };
}

/** The name of an owner's directory: `1234.567890.1ulajuk`. */
export function ownerName({ pid, startTime, namespace }: Owner): string {
  return `${pid}.${startTime}.${namespace}`;
}

/** The owner that a name says; undefined where it says none. */
export function parseOwner(name: string): Owner | undefined {
  const [, pid, startTime, namespace] = /^(\d+)\.(\d+)\.([0-9a-z]+)$/.exec(name) ?? [];
  return namespace === undefined ? undefined : { pid: Number(pid), startTime: startTime!, namespace };
}

/** It is of this PID namespace: of another one's nobody here can say that it has ended. */
export function isHere({ namespace }: Owner): boolean {
  return namespace === ownNamespace();
}

export function isAlive(owner: Owner): boolean {
  return !isHere(owner) || startTimeOf(owner.pid) === owner.startTime;
}

/** The process that owns `path` and lives. */
export function ownerOf(path: string): Owner | undefined {
  for (const entry of entriesOf(path)) {
    const owner = parseOwner(entry);
    if (owner && isAlive(owner)) return owner;
  }
  return undefined;
}

/**
 * Makes `path` this process's, with what a dead owner left there removed.
 * @returns the living process that has it; undefined: it is ours now. Throws what the file system says.
 */
export function takeOwnership(path: string): Owner | undefined {
  const name = ownerName(self());
  const prepared = join(dirname(path), `.${basename(path)}.${name}`);
  let taken = false;
  try {
    mkdirSync(join(prepared, name), { recursive: true, mode: 0o700 });
    const owner = take(prepared, path);
    taken = owner === undefined;
    return owner;
  } finally {
    // Node.js loads what this needs at its first call, which costs a start 2 ms.
    if (!taken) rmSync(prepared, { recursive: true, force: true });
  }
}

function take(prepared: string, path: string): Owner | undefined {
  for (;;) {
    try {
      renameSync(prepared, path);
      return undefined;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    }
    for (const entry of entriesOf(path)) {
      const owner = parseOwner(entry);
      if (owner && isAlive(owner)) return owner;
      removeOwned(path, entry);
    }
  }
}

/** Removes one owner's directory, and `path` with it unless somebody else has taken it since. */
export function removeOwned(path: string, name: string): void {
  rmSync(join(path, name), { recursive: true, force: true });
  try {
    rmdirSync(path);
  } catch {
    // Taken over (ENOTEMPTY) or removed by another.
  }
}

/** Names in a directory; none where there is no such directory. */
export function entriesOf(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
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
