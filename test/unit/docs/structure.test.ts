/**
 * The structure of the source: no circles between files, types included, and folders of src that depend one
 * way.
 */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../../..');

/** Edges between folders of src that are against the order, and why they are there yet. */
const EXCEPTIONS: Readonly<Record<string, string>> = {};

const FILES = ['src', 'acpi', 'scripts', 'test'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|mts|mjs)$/.test(path) && !path.includes('node_modules'))
    .map((path) => join(folder, path)),
);

/**
 * `import ... from 'x'` and `export ... from 'x'` at the beginning of a line, `import 'x'`, `import('x')`.
 */
const IMPORT =
  /^(?:import|export)\b[^'";]*?\bfrom\s*'([^']+)'|^import\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;

/** Paths from the root of what a file imports here: static, dynamic, and by type. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(IMPORT)].flatMap(
    ([, from, bare, dynamic]) => resolved(file, (from ?? bare ?? dynamic)!) ?? [],
  );
}

/** Undefined for what is not of this project. */
function resolved(from: string, name: string): string | undefined {
  if (name.startsWith('.')) return normalize(join(dirname(from), name));
  const inside = /^@rasvm\/acpi(?:\/(.+))?$/.exec(name);
  if (!inside) return undefined;
  const candidates = inside[1] === undefined ? ['index.ts'] : [`${inside[1]}.ts`, `${inside[1]}/index.ts`];
  return candidates.map((path) => join('acpi', path)).find((path) => existsSync(join(root, path)));
}

const IMPORTS: ReadonlyMap<string, readonly string[]> = new Map(FILES.map((file) => [file, importsOf(file)]));

/** A way that leads from a file back to it; undefined: there is none anywhere. */
function circle(): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): string[] | undefined => {
    const at = way.indexOf(file);
    if (at >= 0) return [...way.slice(at), file];
    if (done.has(file)) return undefined;
    for (const next of IMPORTS.get(file) ?? []) {
      const found = visit(next, [...way, file]);
      if (found) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of FILES) {
    const found = visit(file, []);
    if (found) return found;
  }
  return undefined;
}

/** The folders of src in the order of docs/architecture.md: of each the number of its line. */
function layers(): Map<string, number> {
  const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const block = /^```layers\n([\s\S]*?)^```$/m.exec(text)?.[1] ?? '';
  const lines = block.trim().split('\n');
  return new Map(lines.flatMap((line, i) => line.split(/\s+/).map((folder) => [folder, i] as const)));
}

const folderOf = (path: string) => /^src\/([^/]+)\//.exec(path)?.[1];

/** `folder -> folder`, with the imports that make it. */
function edges(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [file, imports] of IMPORTS)
    for (const each of imports) {
      const [from, to] = [folderOf(file), folderOf(each)];
      if (from === undefined || to === undefined || from === to) continue;
      const name = `${from} -> ${to}`;
      found.set(name, [...(found.get(name) ?? []), `${file} imports ${each}`]);
    }
  return found;
}

test('imports are seen: static, dynamic, by type, and of the package', () => {
  assert.ok(IMPORTS.get('src/cli/test/test.ts')?.includes('src/cli/test/test-here.ts'), 'dynamic');
  assert.ok(IMPORTS.get('src/machine/options.ts')?.includes('src/memory/guest-ram.ts'), 'by type');
  assert.ok(IMPORTS.get('src/lab/initrd.ts')?.includes('acpi/io/cpio.ts'), 'of the package');
});

test('no file leads back to itself', () => {
  assert.equal(circle()?.join('\n  imports '), undefined);
});

test('each folder of src has its line in docs/architecture.md', () => {
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((each) =>
    each.isDirectory(),
  );
  assert.deepEqual([...layers().keys()].sort(), folders.map(({ name }) => name).sort());
});

test('a folder of src imports only from folders of lines above its own', () => {
  const line = layers();
  const against = [...edges()].filter(([name]) => {
    const [from, to] = name.split(' -> ') as [string, string];
    return line.get(to)! >= line.get(from)!;
  });
  const unknown = against.filter(([name]) => EXCEPTIONS[name] === undefined);
  assert.deepEqual(Object.fromEntries(unknown), {});
  const names = against.map(([name]) => name);
  assert.deepEqual(
    Object.keys(EXCEPTIONS).filter((name) => !names.includes(name)),
    [],
    'is no exception any more',
  );
});
