/** `rasvm run` starts with little: what a guest does not need is not in the file that it runs from. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { build, type Metafile } from 'esbuild';

const root = join(import.meta.dirname, '../../..');

/** What a bundle of `rasvm run` is made of. */
async function metafileOfRun(): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: [join(root, 'src/cli/main.ts')],
    absWorkingDir: root,
    bundle: true,
    write: false,
    outfile: 'rasvm.cjs',
    metafile: true,
    format: 'cjs',
    platform: 'node',
    conditions: ['rasvm-source'],
    define: { 'import.meta.url': '""', 'import.meta.dirname': '""' },
    external: ['pino'],
    plugins: [
      {
        name: 'parts',
        setup({ onResolve }) {
          onResolve(
            {
              filter:
                /\/(program|in-lab|debian-kernel|acceptor|acpi-tables|metrics-server|events-file|run-file)\.ts$/,
            },
            ({ kind, path }) => (kind === 'dynamic-import' ? { path, external: true } : undefined),
          );
        },
      },
    ],
  });
  return metafile;
}

/** Modules of the checkout that it has code of. */
async function modulesOfRun(): Promise<string[]> {
  const { outputs } = await metafileOfRun();
  const [output] = Object.values(outputs);
  return Object.entries(output!.inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => path);
}

test('of the library it has the section that a guest is told by, and nothing that makes or reads tables', async () => {
  const modules = await modulesOfRun();
  assert.ok(modules.includes('acpi/cper/memory.ts'));
  const foreign = modules.filter(
    (path) =>
      path.startsWith('acpi/index') ||
      /^acpi\/(check|io|json|tables|aml|apei|machine)\//.test(path) ||
      /^acpi\/cper\/(json|text|record|sections|sample|arm|pcie|cxl)/.test(path),
  );
  assert.deepEqual(foreign, []);
});

test('of packages it has none', async () => {
  const packages = (await modulesOfRun()).filter((path) => path.includes('node_modules'));
  assert.deepEqual(packages, []);
});

/** The one import() on the way of every guest. */
const ON_THE_WAY = 'src/cli/run/run-machine.ts';

test('of Node.js it loads, until the guest runs, what takes no time to load', async () => {
  const { inputs } = await metafileOfRun();
  const seen = new Set<string>();
  const builtin = new Set<string>();
  const visit = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { path: next, kind, external } of inputs[path]!.imports) {
      if (kind === 'dynamic-import' && next !== ON_THE_WAY) continue;
      if (external) builtin.add(next);
      else visit(next);
    }
  };
  visit('src/cli/main.ts');
  assert.ok(seen.has(ON_THE_WAY));
  assert.deepEqual([...builtin].sort(), ['node:fs', 'node:os', 'node:path']);
});
