/** package-lock.json is whole: what `npm ci` needs on any system, pinned by content, from whichever registry. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

interface Entry {
  version?: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package-lock.json'), 'utf8'));
const packages = new Map<string, Entry>(Object.entries(lock.packages));
const installed = [...packages].filter(([path, { link }]) => path.includes('node_modules/') && !link);

/** As Node.js looks for it: beside what needs it, then further up. */
function found(needing: string, name: string): boolean {
  for (let at = needing; ; at = at.slice(0, Math.max(at.lastIndexOf('/node_modules/'), 0))) {
    if (packages.has(at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`)) return true;
    if (at === '') return false;
  }
}

test('each package that another may need is in it, also those of other systems', () => {
  const missing = [...packages].flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !found(path, name))
      .map((name) => `${path} needs ${name}`),
  );

  assert.deepEqual(missing, []);
});

test('each package is pinned by its SHA-512', () => {
  const loose = installed.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'));

  assert.ok(installed.length > 0);
  assert.deepEqual(loose, []);
});

test('no package has the address of a registry', () => {
  const addressed = installed.filter(([, { resolved }]) => resolved !== undefined);

  assert.deepEqual(addressed, []);
});
