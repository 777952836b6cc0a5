/** Files and directories of tables and records, as commands are given them; `-` is standard input. */

import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { AcpiError, type Blob, type JsonValue, parseJson, type ReadOptions, readBlobs } from '@rasvm/acpi';
import { RasvmError } from '../../core/errors.ts';

/** What the argument of a command that reads one is called. */
export const FILE_ARGUMENT = 'binary, hexadecimal dump or the text of acpidump; - is standard input';

/** A file that a command is to read, with what it is called in findings and messages. */
export interface InputFile {
  readonly name: string;
  readonly path: string;
}

/** The file or standard input, or every file below the directory, called by its path in there. @throws RasvmError FILE */
export function filesOf(path: string): InputFile[] {
  if (path === '-' || !isDirectory(path)) return [{ name: nameOf(path), path }];
  const files = filesBelow(path).map((file) => ({ name: relative(path, file), path: file }));
  if (files.length === 0) throw new RasvmError('FILE', `${path}: there is no file in this directory`);
  return files;
}

/**
 * Does the work for each file of a path. Of a directory, files that it fails for are passed over and named on stderr,
 * unless it fails for all.
 * @throws RasvmError
 */
export async function passedOver(
  path: string,
  files: readonly InputFile[],
  work: (file: InputFile) => Promise<void>,
): Promise<void> {
  const passed: string[] = [];
  for (const file of files) {
    try {
      await work(file);
    } catch (error) {
      if (file.path === path || !isFileError(error)) throw error;
      passed.push(error.message);
    }
  }
  tellPassed(path, passed, files.length);
}

/** The tables and records of a file, or of every file below a directory. @throws RasvmError FILE */
export function readTables(path: string, options: ReadOptions = {}): Blob[] {
  const found: Blob[] = [];
  const passed: string[] = [];
  const files = filesOf(path);
  for (const file of files) {
    try {
      found.push(...orBlobError(() => readBlobs(file.name, readBytes(file.path), options)));
    } catch (error) {
      if (file.path === path || !isFileError(error)) throw error;
      passed.push(error.message);
    }
  }
  tellPassed(path, passed, files.length);
  return found;
}

function isFileError(error: unknown): error is RasvmError {
  return error instanceof RasvmError && error.code === 'FILE';
}

function tellPassed(path: string, passed: readonly string[], all: number): void {
  if (passed.length > 0 && passed.length === all)
    throw new RasvmError('FILE', `${path}: there is no table or record in this directory: ${passed[0]}`);
  for (const reason of passed) process.stderr.write(`rasvm: passed over: ${reason}\n`);
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

/** Values of JSON: of an array its elements, else the one that there is, or one on each line. @throws RasvmError FILE */
export function readJsonValues(path: string): readonly JsonValue[] {
  const text = new TextDecoder().decode(readBytes(path));
  return orFile(nameOf(path), () => {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    // An object that ends on the first line, where more follow.
    if (lines.length > 1 && /^\{.*\}\s*$/.test(lines[0]!)) return lines.map(parseJson);
    const json = parseJson(text);
    return Array.isArray(json) ? json : [json];
  });
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

/** Reads blobs; errors of the library are those of the file, whose name their path begins with. */
export function orBlobError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
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

/** Is it a file, or a link to one? */
function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** Most files that a directory is taken to have: it is tables that are wanted, not a whole disk. */
const MOST_FILES = 4096;

function filesBelow(directory: string): string[] {
  const found: string[] = [];
  const goDown = (path: string): void => {
    for (const entry of entriesOf(path)) {
      const own = join(path, entry.name);
      if (entry.isDirectory()) goDown(own);
      else if (entry.isFile() || (entry.isSymbolicLink() && isFile(own))) found.push(own);
      if (found.length > MOST_FILES)
        throw new RasvmError(
          'FILE',
          `${directory}: there are more than ${MOST_FILES} files below it; give the directory of the tables or records`,
        );
    }
  };
  goDown(directory);
  return found;
}

function entriesOf(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    throw unreadable(directory, cause);
  }
}

/** Why a file could not be read, as an error. */
export function unreadable(path: string, cause: unknown): RasvmError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const known: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'may not be read by this user',
    EISDIR: 'is a directory, where a file is needed',
  };
  return new RasvmError('FILE', `${nameOf(path)}: ${known[code ?? ''] ?? message}`, { cause });
}
