/**
 * Writes docs/reference/acpi-tables.md, cper.md and findings.md from the declarations of acpi/: every structure,
 * field and finding with its meaning and source. `--check` writes nothing, and fails where a document is not as it would be.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { documents } from './acpi-reference/documents.ts';

const root = join(import.meta.dirname, '..');

/** Paths, in the checkout, of documents that differ from what the declarations say. */
export function outdated(): string[] {
  return documents()
    .filter(({ path, text }) => readFileSync(join(root, path), { encoding: 'utf8', flag: 'a+' }) !== text)
    .map(({ path }) => path);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--check')) {
    const paths = outdated();
    for (const path of paths) console.error(`${path} is not what the declarations say: npm run reference`);
    process.exitCode = paths.length === 0 ? 0 : 1;
  } else for (const { path, text } of documents()) writeFileSync(join(root, path), text);
}
