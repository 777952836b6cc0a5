/** The tests as they run in a lab: bundled, with what they need beside them. */

import { copyFileSync, cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { guestInitramfs, SHIPPED_INITRAMFS } from '../../src/scenario/guest/initramfs.ts';
import { SHIPPED_SUITE } from '../../src/scenario/language/load.ts';

/** Names of the test files in a directory that are to run. */
export function testFiles(directory: string, isWanted: (name: string) => boolean): string[] {
  return readdirSync(directory).filter((name) => name.endsWith('.test.ts') && isWanted(name));
}

/**
 * @param root of the project
 * @param out an empty directory
 * @param files names in test/lab
 */
export async function bundleTests(root: string, out: string, files: readonly string[]): Promise<void> {
  await build({
    entryPoints: files.map((name) => join(root, 'test/lab', name)),
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['rasvm-source'],
    sourcemap: 'inline',
    // Node.js in the lab would take seconds to read them.
    sourcesContent: false,
    banner: {
      js: "import{createRequire as rasvmRequire}from'node:module';const require=rasvmRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  copyFileSync(join(root, 'scripts/test-reporter.mjs'), join(out, 'reporter.mjs'));
  mkdirSync(join(out, 'share'));
  copyFileSync(await guestInitramfs(), join(out, SHIPPED_INITRAMFS));
  cpSync(join(root, 'src/scenario/suite'), join(out, SHIPPED_SUITE), { recursive: true });
  cpSync(join(root, 'test/mutations'), join(out, 'mutations'), { recursive: true });
}

/** The name of a file that is bundled. */
export function bundled(file: string): string {
  return file.replace(/\.ts$/, '.mjs');
}

/** Options of Node.js by which a test file tells of itself. @param at where the bundled files are seen */
export function reporting(at: string): string[] {
  return ['--enable-source-maps', `--test-reporter=${at}/reporter.mjs`, '--test-reporter-destination=stdout'];
}
