/** Records one after the other in a long log, read as a stream: CPER records and error status blocks. */

import { AcpiError, within } from '../errors.ts';
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
  let gap: number | undefined;
  try {
    for (;;) {
      await window.fill(HEAD);
      if (gap === undefined) skipFill(window);
      if (window.bytes.byteLength === 0) break;
      if (window.bytes.byteLength < HEAD) await window.fill(HEAD);
      const size = await sizeHere(window, maxSize, damaged === 'fail');
      if (size === undefined) {
        gap ??= window.offset;
        window.pass(1);
        continue;
      }
      if (gap !== undefined) yield { kind: 'gap', offset: gap, length: window.offset - gap };
      gap = undefined;
      yield { kind: size.kind, offset: window.offset, bytes: window.bytes.subarray(0, size.size) };
      window.pass(size.size);
    }
    if (gap !== undefined) yield { kind: 'gap', offset: gap, length: window.offset - gap };
  } finally {
    await window.close();
  }
}

/** Passes zeros and 0xff over; an error status block may begin with neither. */
function skipFill(window: Window): void {
  const { bytes } = window;
  let length = 0;
  while (length < bytes.byteLength && (bytes[length] === 0 || bytes[length] === 0xff)) length++;
  window.pass(length);
}

/** The record that begins where the window does, whole; undefined where there is none. */
async function sizeHere(
  window: Window,
  maxSize: number,
  fails: boolean,
): Promise<Found<LoggedRecord['kind']> | undefined> {
  try {
    const found = at(window.view);
    if (found === undefined) throw new AcpiError('MISMATCH', 'no record begins here');
    if (found.size > maxSize) throw new AcpiError('LENGTH', `${found.size} bytes are more than a record has`);
    await window.fill(found.size);
    if (window.bytes.byteLength < found.size)
      throw new AcpiError(
        'TRUNCATED',
        `the record has ${found.size} bytes, ${window.bytes.byteLength} are left`,
      );
    // With all of its bytes there, the entries of a block are judged as well.
    if (at(window.view)?.size !== found.size)
      throw new AcpiError('LENGTH', 'its entries contradict its length');
    return found;
  } catch (error) {
    if (fails) throw within(`offset ${window.offset}`, error);
    if (error instanceof AcpiError) return undefined;
    throw error;
  }
}

function at(view: DataView): Found<LoggedRecord['kind']> | undefined {
  const record = recordAt(view, 0);
  if (record !== undefined) return record;
  const block = blockAt(view, 0);
  return block === undefined ? undefined : { kind: 'errorStatusBlock', size: block.size };
}
