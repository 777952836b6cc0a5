/**
 * Bytes written down as text: dumps with offsets (xxd, hexdump -C, hexdump, a kernel's log), plain digits
 * (xxd -p), byte arrays of C, TypeScript and the like.
 */

import { AcpiError } from '../errors.ts';
import { fromHex } from '../json/hex.ts';

/** No dump has a gap as large as this; an offset that says so is no offset. */
const MOST_REPEATED = 1 << 24;

/** Printable ASCII and white space alone. */
export function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13);
}

/**
 * The bytes that a text writes down.
 * @throws AcpiError VALUE with the line that cannot be read
 */
export function bytesOfText(text: string): Uint8Array {
  const content = text.trim();
  const plain = fromHex(content.replace(/[\s,:]+/g, ''));
  // Dumps of whole lines look like this too once white space is gone, but they have offsets.
  if (plain !== undefined && plain.byteLength > 0 && !hasOffsets(content)) return plain;
  return bytesOfArray(content) ?? bytesOfDump(content.split(/\r?\n/));
}

function hasOffsets(text: string): boolean {
  return /^\s*[0-9a-f]+:\s/im.test(text) || /^[0-9a-f]{7}\s/i.test(text);
}

/** `{ 0x12, 0x34 }` or `[0x12, 0x34]`, with comments; undefined for what is no such array. */
function bytesOfArray(text: string): Uint8Array | undefined {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
  const inside = /[{[]\s*(0x[0-9a-f]{1,2}\b[\s\S]*?)[}\]]/i.exec(code)?.[1];
  const items = (inside ?? code).split(',').map((item) => item.trim());
  if (items.at(-1) === '') items.pop();
  if (items.length === 0 || !items.every((item) => /^0x[0-9a-f]{1,2}$/i.test(item))) return undefined;
  return Uint8Array.from(items, Number);
}

/** One line of a dump: where its bytes stand, and they. */
interface Line {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Offset, bytes in groups, and perhaps the bytes as characters, which two spaces or a bar set apart. */
const WITH_COLON = /^(.*?)\b([0-9a-f]{2,16}):\s+([0-9a-f]{2,16}(?: ?[0-9a-f]{2,16})*)(?:\s{2,}.*|\s*)$/i;
const WITHOUT_COLON = /^()([0-9a-f]{7,8})\s+([0-9a-f]{2,16}(?: {1,2}[0-9a-f]{2,16})*)\s*(?:\|.*)?$/i;
/** What hexdump ends with: the length. */
const LENGTH = /^[0-9a-f]{7,8}$/i;

function lineOf(text: string): Line | undefined {
  const colon = WITH_COLON.exec(text);
  const [, prefix, offset, digits] = colon ?? WITHOUT_COLON.exec(text) ?? [];
  if (offset === undefined || digits === undefined) return undefined;
  const groups = digits.trim().split(/ +/);
  // hexdump shows words, and so does a kernel in groups of four or eight bytes: least significant byte last.
  const words = colon === null ? groups.every(({ length }) => length === 4) : /[\]}]/.test(prefix!);
  const bytes = groups.map((group) => {
    const part = fromHex(group);
    return words && group.length > 2 ? part?.reverse() : part;
  });
  if (bytes.some((part) => part === undefined)) return undefined;
  return { offset: Number.parseInt(offset, 16), bytes: Uint8Array.from(bytes.flatMap((part) => [...part!])) };
}

/**
 * The bytes of a dump's lines: each begins where the one before ends; `*` stands for repetitions of a line.
 * @throws AcpiError VALUE
 */
export function bytesOfDump(lines: readonly string[]): Uint8Array {
  const bytes: number[] = [];
  let start: number | undefined;
  let repeats = false;
  let last: Uint8Array = new Uint8Array(0);
  const wrong = (index: number, why: string) => new AcpiError('VALUE', `line ${index + 1} ${why}`);
  lines.forEach((text, index) => {
    if (text.trim() === '') return;
    if (text.trim() === '*') {
      repeats = true;
      return;
    }
    const end = LENGTH.test(text.trim()) ? Number.parseInt(text, 16) : undefined;
    const line = end === undefined ? lineOf(text) : { offset: end, bytes: new Uint8Array(0) };
    if (line === undefined) throw wrong(index, 'is no line of a hexadecimal dump');
    start ??= line.offset;
    const missing = line.offset - start - bytes.length;
    if (missing < 0 && line.bytes.byteLength === 0) {
      // An odd length, shown in words.
      bytes.length = Math.max(0, bytes.length + missing);
    } else if (missing !== 0) {
      if (
        !repeats ||
        missing < 0 ||
        missing > MOST_REPEATED ||
        last.byteLength === 0 ||
        missing % last.byteLength !== 0
      )
        throw wrong(index, `is at ${hex(line.offset)}, where ${hex(start + bytes.length)} is expected`);
      for (let i = 0; i < missing; i++) bytes.push(last[i % last.byteLength]!);
    }
    for (const byte of line.bytes) bytes.push(byte);
    repeats = false;
    last = line.bytes;
  });
  if (bytes.length === 0) throw new AcpiError('VALUE', 'has no bytes');
  return Uint8Array.from(bytes);
}

function hex(number: number): string {
  return `0x${number.toString(16)}`;
}
