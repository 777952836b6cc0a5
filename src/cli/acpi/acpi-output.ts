/** Bytes that a command has made: into a file, or to standard output, as they are or as text. */

import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { cSource, hexDump, identifierOf, tsSource } from '@rasvm/acpi';
import { RasvmError } from '../../core/errors.ts';

export const FORMATS = ['bin', 'hex', 'c', 'ts'] as const;
export type Format = (typeof FORMATS)[number];

export interface Output {
  /** Undefined for standard output. */
  readonly out?: string | undefined;
  /** Without it `bin`, but `hex` on a terminal. */
  readonly format?: Format | undefined;
}

/** @param title what the bytes are: names the array and stands above it. @throws RasvmError FILE */
export function writeOutput(bytes: Uint8Array, title: string, { out, format }: Output): void {
  const chosen = format ?? (out === undefined && process.stdout.isTTY ? 'hex' : 'bin');
  const name = identifierOf(out === undefined ? title : basename(out).replace(/\.[^.]*$/, ''));
  const content = {
    bin: () => bytes,
    hex: () => hexDump(bytes),
    c: () => cSource(bytes, { name, comment: title }),
    ts: () => tsSource(bytes, { name, comment: title }),
  }[chosen]();
  if (out === undefined) process.stdout.write(content);
  else writeFile(out, content);
}

/** Makes the directories that lead there. @throws RasvmError FILE */
export function writeFile(path: string, content: string | Uint8Array): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  } catch (cause) {
    throw new RasvmError('FILE', `${path} cannot be written: ${(cause as Error).message}`, { cause });
  }
}

/** Characters that are written at once. */
const BATCH = 1 << 16;

/** Standard output for text without end: few writes, and none before the reader has taken the last one. */
export class TextOutput {
  #parts: string[] = [];
  #size = 0;

  async write(text: string): Promise<void> {
    this.#parts.push(text);
    this.#size += text.length;
    if (this.#size >= BATCH) await this.flush();
  }

  async flush(): Promise<void> {
    const text = this.#parts.join('');
    this.#parts = [];
    this.#size = 0;
    if (!process.stdout.write(text)) await once(process.stdout, 'drain');
  }
}
