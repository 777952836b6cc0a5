import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { RasvmError } from '../../../src/core/errors.ts';
import { parseUris } from '../../../src/debian/archive.ts';
import { chooseMirror, findMirror, parseDeb822, parseOneLine } from '../../../src/debian/sources.ts';

test('a one-line source gives URI, suite, components and key', () => {
  const sources = parseOneLine(
    'deb [arch=amd64 signed-by=/k.gpg] http://a.test/debian bookworm main contrib # why\n',
  );

  assert.deepEqual(sources, [
    { uri: 'http://a.test/debian', suite: 'bookworm', components: ['main', 'contrib'], signedBy: '/k.gpg' },
  ]);
});

test('comments, source packages and nonsense are no one-line sources', () => {
  assert.deepEqual(parseOneLine('# deb http://a.test/ x main\ndeb-src http://a.test/ x main\n\nhello\n'), []);
});

test('a deb822 stanza gives a source for each URI and suite', () => {
  const text = [
    '# a comment',
    'Types: deb deb-src',
    'URIs: http://a.test/debian',
    '# one within',
    'Suites: trixie',
    '  trixie-updates',
    'Components: main',
    'Signed-By: /k.gpg',
    '',
  ].join('\n');

  assert.deepEqual(parseDeb822(text), [
    { uri: 'http://a.test/debian', suite: 'trixie', components: ['main'], signedBy: '/k.gpg' },
    { uri: 'http://a.test/debian', suite: 'trixie-updates', components: ['main'], signedBy: '/k.gpg' },
  ]);
});

test('stanzas that are disabled or of source packages only give nothing', () => {
  const disabled = 'Types: deb\nURIs: http://a.test/\nSuites: sid\nComponents: main\nEnabled: no\n';
  const source = 'Types: deb-src\nURIs: http://a.test/\nSuites: sid\nComponents: main\n';

  assert.deepEqual(parseDeb822(`${disabled}\n${source}`), []);
});

test('a key that stands in the stanza itself is kept whole', () => {
  const text =
    'Types: deb\nURIs: http://a.test/\nSuites: sid\nComponents: main\nSigned-By:\n -----BEGIN\n .\n abc\n';

  assert.equal(parseDeb822(text)[0]!.signedBy, '\n -----BEGIN\n .\n abc');
});

test('the mirror is the main archive, not security, updates or another vendor', () => {
  const source = (uri: string, suite: string, component = 'main') => ({
    uri,
    suite,
    components: [component],
  });

  const mirror = chooseMirror([
    source('http://other.test/', 'nodistro'),
    source('http://security.test/', 'bookworm-security'),
    source('http://contrib.test/', 'bookworm', 'contrib'),
    source('http://debian.test/', 'bookworm'),
  ]);

  assert.deepEqual(mirror, { uri: 'http://debian.test/' });
});

test('both kinds of files are read; the environment goes first', async (t) => {
  const etc = await mkdtemp(join(tmpdir(), 'rasvm-test-'));
  t.after(() => rm(etc, { recursive: true }));
  await mkdir(join(etc, 'sources.list.d'));
  await writeFile(join(etc, 'sources.list.d', 'debian.sources.disabled'), 'deb http://no.test/ sid main\n');
  await writeFile(join(etc, 'sources.list.d', 'a.list'), 'deb http://list.test/ sid main\n');

  assert.deepEqual(await findMirror(etc), { uri: 'http://list.test/' });
  process.env.RASVM_DEBIAN_MIRROR = 'http://own.test/';
  t.after(() => delete process.env.RASVM_DEBIAN_MIRROR);
  assert.equal((await findMirror(etc)).uri, 'http://own.test/');
});

test('a machine without a Debian archive is told what to set', async () => {
  await assert.rejects(
    findMirror('/nonexistent'),
    (error: unknown) => error instanceof RasvmError && /RASVM_DEBIAN_MIRROR/.test(error.message),
  );
});

test("apt's list of URIs gives packages with size and checksum", () => {
  const sha256 = 'ab'.repeat(32);

  const packages = parseUris(
    `Get:\n'http://a.test/libc6_2.deb' libc6_2.41-12%2b1_arm64.deb 2483572 SHA256:${sha256}\n`,
  );

  assert.deepEqual(packages, [{ name: 'libc6', file: 'libc6_2.41-12%2b1_arm64.deb', size: 2483572, sha256 }]);
});
