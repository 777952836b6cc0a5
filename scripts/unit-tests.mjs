/**
 * Bundles test/unit/, all of it in two seconds: a process that compiles TypeScript by itself takes longer to start than
 * most files of tests run.
 */

import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from './setup.mjs';

const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
/** ms for a test, and for a file of them: many times what the slowest takes. Node.js has an option for files alone. */
const LIMIT = { test: 180_000, file: 600_000 };
const out = join(root, 'build/unit');

/** A module sees itself where its source is, and finds its files from there. */
const inItsPlace = {
  name: 'in-its-place',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/, namespace: 'file' }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes('import.meta.')) return undefined;
      const place = `const sourceUrl=${JSON.stringify(pathToFileURL(path).href)},sourceDirname=${JSON.stringify(dirname(path))};`;
      const contents = place + text;
      return { contents, loader: 'ts' };
    });
  },
};

/**
 * A test over its limit fails by itself, and its `after` ends what it started, which would hold its file's output open. Each
 * file has this module in the place of node:test for itself, as the reporter names it as the test's.
 */
const limited = {
  name: 'limited',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:test$/ }, ({ path, importer, namespace }) =>
      namespace === 'in' ? { path, external: true } : { path: importer, namespace: 'in' },
    );
    onLoad({ filter: /./, namespace: 'in' }, () => ({ contents: LIMITED }));
  },
};

/** What stands in a test inherits its limit. */
const LIMITED = `
  import * as plain from 'node:test';
  export * from 'node:test';
  const limit = (define) => (name, ...rest) => {
    const body = typeof rest.at(-1) === 'function' ? [rest.pop()] : [];
    return define(name, { timeout: ${LIMIT.test}, ...rest[0] }, ...body);
  };
  export const test = limit(plain.test), it = limit(plain.it);`;

function testFiles(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return testFiles(path);
    return entry.name.endsWith('.test.ts') ? [path] : [];
  });
}

/** Bundles them all. @returns Node.js's arguments to run them; stacks name the sources */
export async function unitTestCommand() {
  rmSync(out, { recursive: true, force: true });
  const files = testFiles(join(root, 'test/unit')).sort();
  await build({
    entryPoints: files,
    outdir: out,
    outbase: root,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['rasvm-source'],
    external: Object.keys(devDependencies),
    define: { 'import.meta.url': 'sourceUrl', 'import.meta.dirname': 'sourceDirname' },
    plugins: [inItsPlace, limited],
    banner: {
      js: "import{createRequire as rasvmRequire}from'node:module';const require=rasvmRequire(import.meta.url);",
    },
    sourcemap: true,
    logLevel: 'warning',
  });
  return [
    '--enable-source-maps',
    '--test',
    // Some wait: for processes of their own, and for time.
    `--test-concurrency=${availableParallelism() + 1}`,
    `--test-timeout=${LIMIT.file}`,
    `--test-reporter=${join(root, 'scripts/test-reporter.mjs')}`,
    '--test-reporter-destination=stdout',
    ...files.map((path) => join(out, relative(root, path).replace(/\.ts$/, '.mjs'))),
  ];
}
