/** Error records of a file, read as a stream: logs may be long. */

import { createReadStream } from 'node:fs';
import {
  AcpiError,
  type Blob,
  blocksOfHardwareErrors,
  type DecodedRecord,
  decodeRecords,
  isText,
  type LoggedGap,
  type RecordOptions,
  readBlobs,
} from '@rasvm/acpi';
import { RasvmError } from '../errors.ts';
import { fileError, nameOf } from './acpi-files.ts';

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
    for await (const record of decodeRecords(binary(name, source(path)), options)) {
      any = true;
      yield record;
    }
  } catch (error) {
    throw fileError(name, error);
  }
  if (!any) throw new RasvmError('FILE', `${name}: there is no error record in it`);
}

async function* source(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* path === '-' ? process.stdin : createReadStream(path, { highWaterMark: CHUNK });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'is a directory, where a file is needed'
          : message;
    throw new RasvmError('FILE', `${nameOf(path)}: ${why}`, { cause });
  }
}

/** The bytes that a file holds or writes down. */
async function* binary(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const parts: Uint8Array[] = [];
  let text = true;
  let have = 0;
  for await (const chunk of chunks) {
    text &&= isText(chunk);
    parts.push(chunk);
    have += chunk.byteLength;
    // What is binary and not small is a log.
    if (!text && have > SMALL) yield* parts.splice(0);
  }
  if (parts.length === 0) return;
  if (!text && !isKnownWhole(Buffer.concat(parts))) return yield* parts;
  let blobs: Blob[];
  try {
    blobs = readBlobs(name, Buffer.concat(parts));
  } catch (error) {
    // Its path begins with the file's name.
    throw error instanceof AcpiError ? new RasvmError('FILE', error.message, { cause: error }) : error;
  }
  for (const { kind, bytes } of blobs) {
    if (kind === 'hardwareErrors') yield* blocksOfHardwareErrors(bytes);
    else if (kind === 'errorStatusBlock' || kind === 'cperRecord') yield bytes;
    else throw noRecord(name);
  }
}

/** Is it a table, or an area of blocks, which a log does not have? */
function isKnownWhole(bytes: Uint8Array): boolean {
  try {
    const [{ kind } = { kind: undefined }] = readBlobs('', bytes);
    return kind !== 'errorStatusBlock' && kind !== 'cperRecord';
  } catch {
    return false;
  }
}

function noRecord(name: string): RasvmError {
  return new RasvmError('FILE', `${name}: is an ACPI table, no error record; rasvm acpi dump shows it`);
}
