/** Where rasvm's own files are: in a bundle (bin, lib, share) or in a source tree. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The nearest path at or above this module that ends in `path` and exists. */
export function findAbove(path: string): string | undefined {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    if (existsSync(join(at, path))) return join(at, path);
    if (at === dirname(at)) return undefined;
  }
}

/** Program and first arguments that stand for `rasvm`. */
export function rasvmEntry(): string[] {
  const main = findAbove(join('src', 'cli', 'main.ts'));
  // A source tree runs by what runs this process: a loader for TypeScript among Node.js's options.
  if (main)
    return [process.execPath, ...process.execArgv.filter((option) => !option.startsWith('--test')), main];
  return [findAbove(join('bin', 'rasvm')) ?? 'rasvm'];
}
