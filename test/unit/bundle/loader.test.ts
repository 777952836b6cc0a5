/** The bundle's loader: what one start keeps serves the next, and nothing that stands in its place can stop one. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { buildSync } from 'esbuild';

const LOADER = join(import.meta.dirname, '../../../src/cli/loader.ts');

/** In place of rasvm: keeps what it is given, and says what there was before. */
const PROGRAM = `
const keeper = globalThis[Symbol.for('rasvm.keeper')];
const code = keeper.keepCompiledCode === undefined ? 'kept' : 'compiled';
console.log(code, String(keeper.read('tables')));
keeper.keepCompiledCode?.();
keeper.write('tables', process.argv[2]);
`;

interface Place {
  /** What stands in the cache. */
  files(): string[];
  /** What the program says of what it was given. */
  start(keeps: string): string;
}

function place(t: TestContext, build = 'a'): Place {
  const directory = mkdtempSync(join(tmpdir(), 'rasvm-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const main = join(directory, 'main.cjs');
  const define = { RASVM_BUILD: JSON.stringify(build) };
  buildSync({ entryPoints: [LOADER], outfile: main, bundle: true, platform: 'node', format: 'cjs', define });
  writeFileSync(join(directory, 'rasvm.cjs'), PROGRAM);
  const cache = join(directory, 'rasvm/code');
  const env = { ...process.env, XDG_CACHE_HOME: directory, NODE_OPTIONS: '' };
  return {
    files: () => readdirSync(cache).map((name) => join(cache, name)),
    start(keeps) {
      const { stdout, stderr } = spawnSync(process.execPath, [main, keeps], { encoding: 'utf8', env });
      assert.equal(stderr, '');
      return stdout.trim();
    },
  };
}

test('what a start keeps is this user’s alone, and there for the next', (t) => {
  const { start, files } = place(t);
  assert.equal(start('one'), 'compiled undefined');
  assert.equal(start('two'), 'kept one');
  assert.equal(start('three'), 'kept two');
  assert.equal(files().length, 2);
  for (const file of files()) assert.equal(statSync(file).mode & 0o777, 0o600);
});

const OTHERS: readonly [string, (file: string) => void][] = [
  ['a directory', (file) => mkdirSync(file)],
  ['an empty file', (file) => writeFileSync(file, '')],
  ['something else', (file) => writeFileSync(file, 'none'.repeat(1000), { mode: 0o600 })],
];
for (const [what, put] of OTHERS)
  test(`${what} in the place of what is kept does not stop a start`, (t) => {
    const { start, files } = place(t);
    start('one');
    for (const file of files()) {
      rmSync(file);
      put(file);
    }
    assert.match(start('two'), /^compiled\b/);
  });

test('what others can write is not taken', (t) => {
  const { start, files } = place(t);
  start('one');
  for (const file of files()) chmodSync(file, 0o666);
  assert.equal(start('two'), 'compiled undefined');
  assert.equal(start('three'), 'kept two');
});
