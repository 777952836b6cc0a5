/** Records one after the other in a long log, read as a stream: CPER records and error status blocks. */

import { AcpiError } from '../errors.ts';
import { join } from './join.ts';
import { blockAt, type Found, recordAt } from './recognise.ts';

/** One record of a log; `bytes` are a view of the chunk that it came in, a copy only where it came in several. */
export interface LoggedRecord {
  readonly kind: 'cperRecord' | 'errorStatusBlock';
  /** Where it begins in the log. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Bytes that are no record, passed over. */
export interface LoggedGap {
  readonly kind: 'gap';
  readonly offset: number;
  /** Number of bytes. */
  readonly length: number;
  /** Why no record begins at its first byte. */
  readonly reason: string;
}

export interface RecordOptions {
  /** What to do where no record begins: `fail` (default) throws, `skip` gives a gap and goes on with the next record. */
  readonly damaged?: 'fail' | 'skip';
  /** Most bytes of a record; what says that it has more is no record. Default 1 MiB. */
  readonly maxSize?: number;
}

/** What suffices to recognise a record or block and its first entry. */
const HEAD = 128;

/** A window on a stream of chunks: as much of it as was asked for, by its offset in the whole. */
class Window {
  /** What is there and not yet passed. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Offset of `bytes[0]` in the stream. */
  offset = 0;
  readonly #chunks: AsyncIterator<Uint8Array>;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Takes chunks until there are `size` bytes or no more come. */
  async fill(size: number): Promise<void> {
    const parts = [this.bytes];
    let have = this.bytes.byteLength;
    while (have < size) {
      const { value, done } = await this.#chunks.next();
      if (done) break;
      parts.push(value);
      have += value.byteLength;
    }
    const some = parts.filter(({ byteLength }) => byteLength > 0);
    if (some.length > 0) this.bytes = some.length === 1 ? some[0]! : join(some);
  }

  pass(size: number): void {
    this.bytes = this.bytes.subarray(size);
    this.offset += size;
  }

  get view(): DataView {
    return new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

/**
 * The records of a log, in their order, with memory for one record and one chunk however long the log is. Runs of zeros
 * or of 0xff between records (slots, erased flash) are passed over in silence.
 *
 * @throws AcpiError with the offset in the log, where something is no record (or is cut at the end) and `damaged` is not
 * `skip`
 */
export async function* readRecords(
  chunks: AsyncIterable<Uint8Array>,
  options: RecordOptions = {},
): AsyncGenerator<LoggedRecord | LoggedGap, void, undefined> {
  const { damaged = 'fail', maxSize = 1 << 20 } = options;
  const window = new Window(chunks);
  let gap: { readonly offset: number; readonly reason: string } | undefined;
  const gapUpTo = (end: number, { offset, reason }: { offset: number; reason: string }) =>
    ({ kind: 'gap', offset, length: end - offset, reason }) as const;
  try {
    for (;;) {
      if (window.bytes.byteLength < HEAD) await window.fill(HEAD);
      while (gap === undefined && skipFill(window)) await window.fill(HEAD);
      if (window.bytes.byteLength === 0) break;
      let found = at(window.view);
      // A record is judged again with all of its bytes there.
      if (typeof found === 'object' && found.size > window.bytes.byteLength && found.size <= maxSize) {
        await window.fill(found.size);
        found = at(window.view);
      }
      const why = typeof found === 'string' ? found : whyNot(found, window.bytes.byteLength, maxSize);
      if (typeof found === 'object' && why === undefined) {
        if (gap !== undefined) yield gapUpTo(window.offset, gap);
        gap = undefined;
        yield { kind: found.kind, offset: window.offset, bytes: window.bytes.subarray(0, found.size) };
        window.pass(found.size);
      } else {
        const zero = gap === undefined && window.bytes[0] === 0;
        if (damaged === 'fail' && !zero) throw new AcpiError('MISMATCH', why!, `offset ${window.offset}`);
        if (!zero) gap ??= { offset: window.offset, reason: why! };
        window.pass(1);
      }
    }
    if (gap !== undefined) yield gapUpTo(window.offset, gap);
  } finally {
    await window.close();
  }
}

/** Passes zeros and 0xff over, up to where a record can begin; was there any? */
function skipFill(window: Window): boolean {
  const { bytes, view } = window;
  let length = 0;
  while (
    length < bytes.byteLength &&
    (bytes[length] === 0xff || (bytes[length] === 0 && !canBegin(view, length)))
  )
    length++;
  window.pass(length);
  return length > 0;
}

/** A block of 16 entries that are informational has a status that begins with a zero. */
function canBegin(view: DataView, offset: number): boolean {
  return (
    offset + 4 <= view.byteLength && view.getUint16(offset, true) !== 0 && blockAt(view, offset) !== undefined
  );
}

/** The record at the view's start, or why there is none. */
function at(view: DataView): Found<LoggedRecord['kind']> | string {
  try {
    const record = recordAt(view, 0);
    if (record !== undefined) return record;
  } catch (error) {
    return (error as AcpiError).message;
  }
  const block = blockAt(view, 0);
  if (block === undefined || (view.getUint8(0) === 0 && block.size <= view.byteLength && !block.certain))
    return 'no record begins here';
  return { kind: 'errorStatusBlock', size: block.size };
}

function whyNot({ size }: Found, have: number, maxSize: number): string | undefined {
  if (size > maxSize) return `${size} bytes are more than a record has, which is ${maxSize}`;
  return size > have ? `the record has ${size} bytes, ${have} are left` : undefined;
}
