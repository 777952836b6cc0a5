/** Lines of text in the manner of the kernel's log: indented by blanks, bytes as print_hex_dump (lib/hexdump.c). */

import { escaped } from '../../text/escape.ts';
import { LINUX_LOGS, type LinuxLog, type LinuxSeries } from './linux.ts';

export interface TextOptions {
  /**
   * Only what the log of an arm64 kernel of this series says, word for word. Without it all that the record holds is
   * there, and what the kernel passes over stands among its lines in the same style.
   */
  readonly linux?: LinuxSeries | undefined;
}

export class Lines {
  readonly #lines: string[] = [];
  #indent = '';
  /** Undefined for the whole text. */
  readonly linux: LinuxLog | undefined;

  constructor({ linux }: TextOptions = {}) {
    this.linux = linux === undefined ? undefined : LINUX_LOGS[linux];
  }

  /** A line, the kernel's unless said otherwise. Blanks at its end are left out. */
  say(text: string): void {
    this.#lines.push(`${this.#indent}${text}`.trimEnd());
  }

  /** What the kernel does not say. */
  add(text: string): void {
    if (this.linux === undefined) this.say(text);
  }

  /** One blank further in. */
  inside(work: () => void): void {
    const outside = this.#indent;
    this.#indent += ' ';
    work();
    this.#indent = outside;
  }

  /** The names of the bits that are set, a new line where one would be too long (cper_print_bits). */
  bits(mask: number, names: readonly string[]): void {
    // The kernel counts what stands before the text: level, number and `[Hardware Error]: `.
    const before = 23 + this.#indent.length;
    let line = '';
    for (let bit = 0; bit < names.length; bit++) {
      if (((mask >>> bit) & 1) === 0) continue;
      const name = names[bit]!;
      if (line !== '' && before + line.length + name.length + 2 > 80) {
        this.say(line);
        line = '';
      }
      line = line === '' ? name : `${line}, ${name}`;
    }
    if (line !== '') this.say(line);
  }

  /** Bytes in groups of a little-endian number each, 16 bytes a line, with their offset and, if asked for, as text. */
  dump(bytes: Uint8Array, { text = false, group = 4 } = {}): void {
    for (let at = 0; at < bytes.byteLength; at += 16) {
      const row = bytes.subarray(at, at + 16);
      const size = row.byteLength % group === 0 ? group : 1;
      let line = '';
      for (let start = 0; start < row.byteLength; start += size) {
        if (start > 0) line += ' ';
        for (let i = start + size - 1; i >= start; i--) line += hex(row[i]!, 2);
      }
      if (text) line = `${line.padEnd(32 + 16 / size + 1)}${asciiOf(row)}`;
      this.say(`${hex(at, 8)}: ${line}`);
    }
  }

  /** Bytes as {@link dump} shows them, which the kernel does not. */
  addDump(bytes: Uint8Array): void {
    if (this.linux === undefined) this.dump(bytes, { text: true });
  }

  toString(): string {
    return this.#lines.map((line) => `${line}\n`).join('');
  }
}

/** Hexadecimal digits, at least so many, without 0x. */
export function hex(value: number | bigint, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** 64 bits as the kernel's 0x%016llx. */
export function hex64(value: bigint): string {
  return `0x${hex(value, 16)}`;
}

/** `3, multi-bit ECC`; what has no name is unknown. */
export function named(value: number, names: readonly string[]): string {
  return `${value}, ${names[value] ?? 'unknown'}`;
}

/** Text of a record up to its first zero; what a terminal would obey is shown as \x1b. */
export function printable(text: string): string {
  const end = text.indexOf('\0');
  return escaped(end < 0 ? text : text.slice(0, end));
}

function asciiOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
  return text;
}
