/** Programs and commands of documents: each runs, and prints what the document says; programs have no error of types. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildRasvm } from '../cli/built.ts';
import { blocksOf, linesIn, linesOf, matchesLines, saidLines } from './examples.ts';

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

/** Commands of a section of a document, each with what it says that they print. */
function commandsOf(path: string, heading: string): [commands: string, said: string][] {
  const text = readFileSync(join(checkout, path), 'utf8');
  const [section] = text.slice(text.indexOf(`\n## ${heading}\n`) + 1).split('\n## ');
  const blocks = section!.matchAll(/```sh\n([\s\S]*?)```\n(?:\n```\n([\s\S]*?)```\n)?/g);
  // What needs another machine, or a guest, stands there too.
  return [...blocks]
    .map(([, commands, said = '']): [string, string] => [commands!, said])
    .filter(([commands]) => !/sudo|rasvm inject/.test(commands));
}

test('commands of documents print what these say', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'rasvm-guide-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const path = `${await binOf(directory)}:${process.env.PATH}`;
  const cwd = join(directory, 'work');
  mkdirSync(cwd);
  const guide = commandsOf('docs/guide.md', 'ACPI tables and error records, by command');
  assert.ok(guide.length >= 9, `${guide.length}`);
  const readme = commandsOf('README.md', 'What one sees');
  assert.equal(readme.length, 1);
  for (const [commands, said] of [...guide, ...readme]) {
    const shell = spawnSync('sh', ['-c', `exec 2>&1\n${commands}`], {
      cwd,
      env: { ...process.env, PATH: path, RASVM_DEBUG: '' },
      encoding: 'utf8',
    });
    const lines = linesIn(shell.stdout);
    const expected = linesIn(said);
    if (!matchesLines(lines, expected)) assert.deepEqual(lines, expected, commands);
  }
});

/** A directory with a program `rasvm`: this checkout's. */
async function binOf(directory: string): Promise<string> {
  const main = await buildRasvm(join(directory, 'built'));
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'rasvm'), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`, {
    mode: 0o755,
  });
  return bin;
}

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
  assert.ok(matchesLines(['a: b, and more'], ['a: b, ...']));
  assert.ok(!matchesLines(['a: c, and more'], ['a: b, ...']));
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
