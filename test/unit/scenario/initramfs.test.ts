import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  buildInitramfs,
  guestArchive,
  guestInitramfs,
  withFiles,
} from '../../../src/scenario/guest/initramfs.ts';

const MiB = 2 ** 20;
let cache: string;
const kept = process.env.RASVM_CACHE;

before(() => {
  cache = mkdtempSync(join(tmpdir(), 'rasvm-cache-'));
  process.env.RASVM_CACHE = cache;
});

after(() => {
  if (kept === undefined) delete process.env.RASVM_CACHE;
  else process.env.RASVM_CACHE = kept;
  rmSync(cache, { recursive: true });
});

/** Names and modes of the members (newc: 110 bytes of hexadecimal fields, then the name). */
function members(archive: Buffer): { name: string; mode: number }[] {
  const found = [];
  for (let at = 0; ; ) {
    const field = (i: number) =>
      Number.parseInt(archive.toString('latin1', at + 6 + 8 * i, at + 14 + 8 * i), 16);
    assert.equal(archive.toString('latin1', at, at + 6), '070701');
    const [mode, size, nameSize] = [field(1), field(6), field(11)];
    const name = archive.toString('latin1', at + 110, at + 110 + nameSize! - 1);
    if (name === 'TRAILER!!!') return found;
    found.push({ name, mode: mode! });
    at = Math.ceil((at + 110 + nameSize!) / 4) * 4;
    at = Math.ceil((at + size!) / 4) * 4;
  }
}

test('more files follow in an archive of their own, below their directories', () => {
  const first = guestArchive(Buffer.from('x'));
  const both = Buffer.from(
    withFiles(Buffer.concat([first, Buffer.alloc(1)]), { '/lib/a/b.ko': Buffer.from('module') }),
  );
  const second = both.indexOf('070701', first.length);
  assert.equal(second % 4, 0);
  assert.deepEqual(members(both.subarray(second)), [
    { name: 'lib', mode: 0o040755 },
    { name: 'lib/a', mode: 0o040755 },
    { name: 'lib/a/b.ko', mode: 0o100755 },
  ]);
});

test('the archive holds the program as /init and the console', () => {
  assert.deepEqual(members(Buffer.from(guestArchive(Buffer.from('program')))), [
    { name: 'dev', mode: 0o040755 },
    { name: 'dev/console', mode: 0o020600 },
    { name: 'init', mode: 0o100755 },
  ]);
});

test('it is a static arm64 program, below 1 MiB, and built once', async () => {
  const path = await guestInitramfs();
  const archive = readFileSync(path);
  assert.ok(archive.length < MiB, `${archive.length} bytes`);
  const elf = archive.indexOf('\x7fELF', 0, 'latin1');
  assert.ok(elf > 0);
  assert.equal(archive.readUInt16LE(elf + 18), 183, 'e_machine: EM_AARCH64');
  const { ctimeMs } = statSync(path);
  assert.equal(await guestInitramfs(), path);
  assert.equal(statSync(path).ctimeMs, ctimeMs);
});

test('other sources give another archive; what does not compile gives an error and leaves nothing', async () => {
  const sources = mkdtempSync(join(cache, 'sources-'));
  writeFileSync(join(sources, 'init.c'), 'int main(void) { return 0; }\n');
  const first = await buildInitramfs(sources);
  writeFileSync(join(sources, 'init.c'), 'int main(void) { return 1; }\n');
  const second = await buildInitramfs(sources);
  assert.notEqual(first, second);
  writeFileSync(join(sources, 'init.c'), 'int main(void) { return }\n');
  await assert.rejects(buildInitramfs(sources), { code: 'FILE', message: /cannot be built: .*init\.c/ });
  assert.ok(existsSync(dirname(second)));
});
