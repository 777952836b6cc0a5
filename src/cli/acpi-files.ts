/** Files and directories of tables and records, as commands are given them; `-` is standard input. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { AcpiError, type Blob, type JsonValue, parseJson, type ReadOptions, readBlobs } from '@rasvm/acpi';
import { RasvmError } from '../errors.ts';

/** What the argument of a command that reads one is called. */
export const FILE_ARGUMENT = 'binary, hexadecimal dump or the text of acpidump; - is standard input';

/** The tables and records of a file, or of every file below a directory. @throws RasvmError FILE */
export function readTables(path: string, options: ReadOptions = {}): Blob[] {
  if (path === '-' || !isDirectory(path)) return blobsOf(nameOf(path), readBytes(path), options);
  const found: Blob[] = [];
  const passed: string[] = [];
  for (const file of filesBelow(path)) {
    try {
      found.push(...blobsOf(relative(path, file), readBytes(file), options));
    } catch (error) {
      if (!(error instanceof RasvmError)) throw error;
      passed.push(error.message);
    }
  }
  if (found.length === 0)
    throw new RasvmError(
      'FILE',
      `${path}: there is no table or record in this directory${passed.length > 0 ? `: ${passed[0]}` : ''}`,
    );
  for (const reason of passed) process.stderr.write(`rasvm: passed over: ${reason}\n`);
  return found;
}

/** All bytes of a file or of standard input. @throws RasvmError FILE */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path === '-' ? 0 : path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** JSON of a file or of standard input. @throws RasvmError FILE */
export function readJson(path: string): JsonValue {
  const text = new TextDecoder().decode(readBytes(path));
  return orFile(nameOf(path), () => parseJson(text));
}

/** What a file is called in messages. */
export function nameOf(path: string): string {
  return path === '-' ? 'standard input' : path;
}

/** Does it; what the library finds wrong is told as an error of this file. */
export function orFile<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw fileError(name, error);
  }
}

/** An error of the library as one of this file, any other as it is. */
export function fileError(name: string, error: unknown): unknown {
  return error instanceof AcpiError
    ? new RasvmError('FILE', `${name}: ${error.message}`, { cause: error })
    : error;
}

function blobsOf(name: string, bytes: Uint8Array, options: ReadOptions): Blob[] {
  try {
    return readBlobs(name, bytes, options);
  } catch (error) {
    // Its path begins with the file's name.
    if (error instanceof AcpiError) throw new RasvmError('FILE', error.message, { cause: error });
    throw error;
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function filesBelow(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((entry) => {
        const path = join(directory, entry.name);
        if (entry.isDirectory()) return filesBelow(path);
        return entry.isFile() ? [path] : [];
      });
  } catch (cause) {
    throw unreadable(directory, cause);
  }
}

function unreadable(path: string, cause: unknown): RasvmError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const known: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'may not be read by this user',
    EISDIR: 'is a directory, where a file is needed',
  };
  return new RasvmError('FILE', `${nameOf(path)}: ${known[code ?? ''] ?? message}`, { cause });
}
