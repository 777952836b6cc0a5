/** cpio archives in the "newc" format, as the kernel unpacks them (Documentation/driver-api/early-userspace/buffer-format.rst). */

import { toUtf8 } from '../utf8.ts';
import { join } from './join.ts';

export interface CpioEntry {
  /** Path without a leading slash. Its directories must come before it. */
  readonly path: string;
  /** Permission bits; 0755 for directories and symbolic links, 0644 for files when not given. */
  readonly mode?: number;
  /** What it is: a directory has none of these. */
  readonly data?: Uint8Array;
  readonly symlink?: string;
  /** A character device's major and minor number. */
  readonly device?: readonly [major: number, minor: number];
}

const S_IFCHR = 0o020000;
const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const S_IFLNK = 0o120000;
const ALIGNMENT = 4;
const TRAILER = 'TRAILER!!!';

/** The archive of these entries in this order, all owned by root, all of time 0: the same input gives the same bytes. */
export function cpio(entries: readonly CpioEntry[]): Uint8Array<ArrayBuffer> {
  const parts = entries.flatMap((entry, index) => member(entry, index + 1, fileMode(entry)));
  return join([...parts, ...member({ path: TRAILER }, 0, 0)]);
}

function member(entry: CpioEntry, inode: number, mode: number): Uint8Array[] {
  const name = toUtf8(`${entry.path}\0`);
  const data = entry.symlink === undefined ? (entry.data ?? new Uint8Array(0)) : toUtf8(entry.symlink);
  const [major, minor] = entry.device ?? [0, 0];
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, major, minor, name.length, 0];
  const digits = fields.map((field) => field.toString(16).padStart(8, '0')).join('');
  const header = toUtf8(`070701${digits}`);
  return [header, name, padding(header.length + name.length), data, padding(data.length)];
}

function fileMode(entry: CpioEntry): number {
  if (entry.symlink !== undefined) return S_IFLNK | (entry.mode ?? 0o755);
  if (entry.device !== undefined) return S_IFCHR | (entry.mode ?? 0o600);
  if (entry.data !== undefined) return S_IFREG | (entry.mode ?? 0o644);
  return S_IFDIR | (entry.mode ?? 0o755);
}

function padding(length: number): Uint8Array {
  return new Uint8Array(-length & (ALIGNMENT - 1));
}
