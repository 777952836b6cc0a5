/** Error records of a file, read as a stream: logs may be long. */

import { createReadStream } from 'node:fs';
import {
  type Blob,
  type BlobKind,
  blocksOfHardwareErrors,
  type CheckedRecord,
  checkRecord,
  checkRecords,
  type DecodedRecord,
  decodeRecords,
  type EffectOptions,
  type Finding,
  isErstStore,
  isText,
  type LoggedGap,
  type RecordOptions,
  readBlobs,
} from '@rasvm/acpi';
import { RasvmError } from '../../core/errors.ts';
import { fileError, nameOf, orBlobError, unreadable } from '../acpi/acpi-files.ts';
import { KIND_NAMES } from '../acpi/acpi-names.ts';

/** Bytes read at once. */
const CHUNK = 1 << 20;
/** Most bytes of a file that may be something else than a log. */
const SMALL = 1 << 20;

/**
 * The records of a file or of standard input (`-`), binary or as hexadecimal text.
 * @throws RasvmError FILE
 */
export async function* recordsOf(
  path: string,
  options: RecordOptions = {},
): AsyncGenerator<DecodedRecord | LoggedGap> {
  const name = nameOf(path);
  let any = false;
  try {
    for await (const record of decodeRecords(binary(name, path), options)) {
      any ||= record.kind !== 'gap';
      yield record;
    }
  } catch (error) {
    throw fileError(name, error);
  }
  if (!any) throw new RasvmError('FILE', `${name}: there is no error record in it`);
}

/** A record and what is to be said of it. */
export interface CheckedBlob {
  readonly name: string;
  readonly findings: readonly Finding[];
  /** Are they of bytes that are no record? */
  readonly gap?: boolean;
}

/**
 * What is to be said of the records of a file or of standard input, as they are read. What is no record, but small, is
 * taken for one that is broken.
 * @param name stands before the number of a record
 * @throws RasvmError FILE
 */
export async function* checkedOf(
  name: string,
  path: string,
  effect: EffectOptions,
): AsyncGenerator<CheckedBlob> {
  const opened = await open(path);
  if (!(opened instanceof Uint8Array)) {
    yield* numbered(name, checkRecords(opened, effect));
    return;
  }
  const logged = isText(opened) || isErstStore(opened) ? undefined : await damagedLog(opened, effect);
  if (logged !== undefined) {
    yield* numbered(name, logged);
    return;
  }
  const blobs = orBlobError(() => readBlobs(name, opened, { faulty: 'errorStatusBlock' }));
  for (const { kind, name, bytes } of blobs.flatMap(blocksIn)) {
    if (!isRecord(kind))
      throw new RasvmError(
        'FILE',
        `${name}: is ${KIND_NAMES[kind]}, no error record; rasvm acpi check is for tables`,
      );
    yield { name, findings: checkRecord(kind, bytes, effect) };
  }
}

/** What is to be said of a log with records and something else among them; undefined for all else. */
async function damagedLog(bytes: Uint8Array, effect: EffectOptions): Promise<CheckedRecord[] | undefined> {
  try {
    readBlobs('', bytes);
    return undefined;
  } catch {
    const found: CheckedRecord[] = [];
    for await (const record of checkRecords(only(bytes), effect)) found.push(record);
    return found.some(({ kind }) => kind !== 'gap') ? found : undefined;
  }
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* numbered(
  name: string,
  records: AsyncIterable<CheckedRecord> | Iterable<CheckedRecord>,
): AsyncGenerator<CheckedBlob> {
  let number = 0;
  for await (const { kind, findings } of records)
    yield kind === 'gap' ? { name, findings, gap: true } : { name: `${name}[${number++}]`, findings };
}

/** The blocks of a hardware_errors area in its place. */
export function blocksIn(blob: Blob): Blob[] {
  if (blob.kind !== 'hardwareErrors') return [blob];
  return blocksOfHardwareErrors(blob.bytes).map((bytes) => ({ ...blob, kind: 'errorStatusBlock', bytes }));
}

export function isRecord(kind: BlobKind): kind is 'cperRecord' | 'errorStatusBlock' {
  return kind === 'errorStatusBlock' || kind === 'cperRecord';
}

/** All of a file that is small, or not a log; of a log its chunks. @throws RasvmError FILE */
async function open(path: string): Promise<Uint8Array | AsyncGenerator<Uint8Array>> {
  const chunks = source(path);
  const parts: Uint8Array[] = [];
  let text = true;
  let have = 0;
  for (;;) {
    const { value, done } = await chunks.next();
    if (done) return Buffer.concat(parts);
    parts.push(value);
    have += value.byteLength;
    text &&= isText(value);
    // What is binary and not small is a log.
    if (!text && have > SMALL && !isErstStore(parts[0]!)) return following(parts, chunks);
  }
}

async function* following(
  parts: Uint8Array[],
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* parts.splice(0);
  yield* chunks;
}

async function* source(path: string): AsyncGenerator<Uint8Array, undefined> {
  try {
    yield* path === '-' ? process.stdin : createReadStream(path, { highWaterMark: CHUNK });
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** The bytes that a file holds or writes down, of records alone. */
async function* binary(name: string, path: string): AsyncGenerator<Uint8Array> {
  const opened = await open(path);
  if (!(opened instanceof Uint8Array)) return yield* opened;
  if (opened.byteLength === 0) throw new RasvmError('FILE', `${name}: is empty`);
  if (!isText(opened) && !isKnownWhole(opened)) return yield opened;
  for (const { kind, bytes } of orBlobError(() => readBlobs(name, opened)).flatMap(blocksIn)) {
    if (!isRecord(kind))
      throw new RasvmError(
        'FILE',
        `${name}: is ${KIND_NAMES[kind]}, no error record; rasvm acpi dump shows it`,
      );
    yield bytes;
  }
}

/** Is it a table, or an area of blocks or slots, which a log does not have? */
function isKnownWhole(bytes: Uint8Array): boolean {
  if (isErstStore(bytes)) return true;
  try {
    const [{ kind } = { kind: undefined }] = readBlobs('', bytes);
    return kind !== 'errorStatusBlock' && kind !== 'cperRecord';
  } catch {
    return false;
  }
}
