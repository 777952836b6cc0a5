/** rasvm as a bundle has it, for tests that run commands: compiling each anew takes longer than all else. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const SOURCE = fileURLToPath(new URL('../../../src/', import.meta.url));

const MAIN = 'main.mjs';

/** Builds rasvm into the directory; gives its program, for node. */
export async function buildRasvm(directory: string): Promise<string> {
  await build({
    entryPoints: [`${SOURCE}cli/main.ts`],
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    conditions: ['rasvm-source'],
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
    },
  });
  return join(directory, MAIN);
}

/** Runs a command line; builds rasvm before the tests of the file that calls this. */
export function builtRasvm(): (args: readonly string[], input?: Uint8Array | string) => Result {
  const directory = mkdtempSync(join(tmpdir(), 'rasvm-built-'));
  before(() => buildRasvm(directory));
  after(() => rmSync(directory, { recursive: true }));
  return (args, input = '') => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(directory, MAIN), ...args], {
      input,
      env: { ...process.env, RASVM_DEBUG: '' },
      maxBuffer: 1 << 28,
    });
    return { status, bytes: stdout, stdout: stdout.toString(), stderr: stderr.toString() };
  };
}

export interface Result {
  readonly status: number | null;
  /** Standard output as it is. */
  readonly bytes: Uint8Array;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory that the test has for itself. */
export function scratch(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'rasvm-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
