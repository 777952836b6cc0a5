import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { silentProgress } from '../../../src/host/progress.ts';

const scratch = mkdtempSync(join(tmpdir(), 'rasvm-npm-'));
after(() => rmSync(scratch, { recursive: true }));
// Programs are looked for where PATH said when the module was loaded.
writeFileSync(
  join(scratch, 'npm'),
  '#!/bin/sh\nwhile [ "$1" != --pack-destination ]; do shift; done; printf content >"$2/it-1.0.0.tgz"\n',
  { mode: 0o755 },
);
process.env.PATH = `${scratch}:${process.env.PATH}`;
process.env.RASVM_CACHE = join(scratch, 'cache');
const { npmPackage } = await import('../../../src/lab/npm-package.ts');

const wanted = {
  name: 'it',
  version: '1.0.0',
  integrity: `sha512-${createHash('sha512').update('content').digest('base64')}`,
};

test('a package with the content that was pinned is given', async () => {
  const tarball = await npmPackage(wanted, 'it', silentProgress);

  assert.equal(readFileSync(tarball, 'utf8'), 'content');
});

test('a package with any other content is refused, and not kept', async () => {
  const other = { ...wanted, integrity: `sha512-${createHash('sha512').update('other').digest('base64')}` };
  const before = readdirSync(join(scratch, 'cache/npm'));

  await assert.rejects(npmPackage(other, 'it', silentProgress), /it@1\.0\.0 .* takes none but sha512-/);

  assert.deepEqual(readdirSync(join(scratch, 'cache/npm')), before);
});
