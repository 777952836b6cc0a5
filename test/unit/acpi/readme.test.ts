/** The package's README and tour: each program runs, prints what its comments say, and has no error of types. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { blocksOf, linesOf, matchesLines, saidLines } from './examples.ts';

const checkout = join(import.meta.dirname, '../../..');
const root = join(checkout, 'acpi');
const README = 'acpi/README.md';
const TOUR = 'docs/acpi-tour.md';

function programsOf(path: string): string[] {
  return blocksOf(readFileSync(join(checkout, path), 'utf8'), 'ts');
}

for (const [path, count] of [
  [README, 5],
  [TOUR, 10],
] as const)
  test(`the ${count} programs of ${path} print what they say`, async () => {
    const programs = programsOf(path);
    assert.equal(programs.length, count);
    for (const program of programs) {
      const said = saidLines(program);
      assert.ok(said.length > 0, program);
      const lines = await linesOf(program);
      // The whole of both is what a reader of a failure needs.
      if (!matchesLines(lines, said)) assert.deepEqual(lines, said);
    }
  });

test('lines that are left out are any number, and nothing else is', () => {
  const lines = ['a', 'b', 'c'];
  for (const said of [
    ['a', 'b', 'c'],
    ['...'],
    ['a', '...'],
    ['...', 'c'],
    ['a', '...', 'c'],
    ['a', 'b', 'c', '...'],
  ])
    assert.ok(matchesLines(lines, said), `${said}`);
  for (const said of [[], ['a'], ['a', 'c'], ['...', 'b'], ['a', '...', 'd'], ['a', 'b', 'c', 'd']])
    assert.ok(!matchesLines(lines, said), `${said}`);
});

test("the programs' types are right", (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'rasvm-examples-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const programs = [README, TOUR].flatMap(programsOf);
  for (const [i, program] of programs.entries()) writeFileSync(join(directory, `example-${i}.ts`), program);
  const config = {
    extends: join(checkout, 'tsconfig.json'),
    compilerOptions: {
      lib: ['es2023', 'dom'],
      types: [],
      paths: { '@rasvm/acpi': [join(root, 'index.ts')] },
      // What most programs have.
      noUncheckedIndexedAccess: false,
      exactOptionalPropertyTypes: false,
      noUnusedLocals: false,
    },
    include: ['example-*.ts'],
  };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config));
  const tsc = spawnSync(join(checkout, 'node_modules/.bin/tsc'), ['-p', directory], { encoding: 'utf8' });
  const errors = tsc.stdout.split('\n').filter((line) => /^\S*example-\d+\.ts/.test(line));
  assert.deepEqual(errors, []);
  assert.notEqual(tsc.status, null, `${tsc.error}`);
});

test('the library imports itself and what its package declares, and needs no Node.js', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const declared = Object.keys(dependencies);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.startsWith('dist') && !file.startsWith('node_modules'),
  );
  assert.ok(files.length > 20);
  for (const file of files) {
    const source = readFileSync(join(root, file), 'utf8');
    for (const [, from] of source.matchAll(/\bfrom '([^']*)'/g))
      assert.ok(/^\.\.?\//.test(from!) || declared.includes(from!), `${file}: ${from}`);
    assert.doesNotMatch(source, /\b(Buffer\.from|process\.|require\()/, file);
  }
});
