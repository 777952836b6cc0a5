/** cpio archives in the "newc" format, as the kernel unpacks initramfs (Documentation/driver-api/early-userspace/buffer-format.rst). */

export interface CpioEntry {
  /** Path in the archive, without a leading slash; parent directories come first in the archive. */
  path: string;
  /** File type and permissions, as in st_mode. */
  mode: number;
  /** A file's content, or a symbolic link's target. */
  data?: Uint8Array;
  /** A device's numbers. */
  device?: { major: number; minor: number };
}

export const S_IFDIR = 0o040000;
export const S_IFCHR = 0o020000;
export const S_IFREG = 0o100000;
export const S_IFLNK = 0o120000;

const hex = (value: number): string => value.toString(16).padStart(8, '0').toUpperCase();

const padding = (length: number): Uint8Array => new Uint8Array(-length & 3);

function header(entry: CpioEntry, index: number, nameSize: number): string {
  const fields = [
    index, // c_ino
    entry.mode,
    0, // c_uid
    0, // c_gid
    1, // c_nlink
    0, // c_mtime: none, so that the same content gives the same bytes
    entry.data?.length ?? 0,
    0, // c_maj
    0, // c_min
    entry.device?.major ?? 0,
    entry.device?.minor ?? 0,
    nameSize,
    0, // c_chksum, of the "crc" format only
  ];
  return `070701${fields.map(hex).join('')}`;
}

/** An archive of the entries in their order, its trailer included. */
export function cpioArchive(entries: readonly CpioEntry[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const [index, entry] of [...entries, { path: 'TRAILER!!!', mode: 0 }].entries()) {
    const name = Buffer.from(`${entry.path}\0`);
    const head = Buffer.concat([Buffer.from(header(entry, index + 1, name.length)), name]);
    const data = entry.data ?? new Uint8Array(0);
    parts.push(head, padding(head.length), data, padding(data.length));
  }
  return Buffer.concat(parts);
}
