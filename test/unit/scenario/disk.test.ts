/** The agent's file system (native/guest/disk.c), judged by e2fsck. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

const E2FSCK = '/usr/sbin/e2fsck';
const MiB = 2 ** 20;
const skip = [E2FSCK, 'cc'].find((program) => spawnSync(program, ['--version']).error) ?? false;
const guest = join(import.meta.dirname, '../../../native/guest');
let directory: string;

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'rasvm-disk-'));
});
after(() => rmSync(directory, { recursive: true }));

/** @returns the errno */
function format(size: number): { status: number | null; disk: string } {
  const program = join(directory, 'format');
  const main = join(directory, 'main.c');
  writeFileSync(
    main,
    '#include "disk.h"\nint main(int count, char **words) { return count < 2 ? 99 : disk_format(words[1]); }',
  );
  const built = spawnSync('cc', [
    '-std=c11',
    '-Wall',
    '-Werror',
    `-I${guest}`,
    '-o',
    program,
    main,
    join(guest, 'disk.c'),
  ]);
  assert.equal(built.status, 0, String(built.stderr));
  const disk = join(directory, `disk-${size}`);
  writeFileSync(disk, '');
  truncateSync(disk, size);
  return { status: spawnSync(program, [disk]).status, disk };
}

test('e2fsck finds no fault in it, from the smallest to the largest', { skip }, () => {
  for (const size of [2 * MiB, 33 * MiB, 128 * MiB]) {
    const { status, disk } = format(size);
    assert.equal(status, 0);
    const { status: fault, stdout } = spawnSync(E2FSCK, ['-fn', disk], { encoding: 'utf8' });
    assert.equal(fault, 0, stdout);
    assert.doesNotMatch(stdout, /Fix\?|ERROR|WARNING/);
    assert.match(stdout, new RegExp(`: 10/1024 files .*, 69/${size / 4096} blocks`));
  }
});

test('what is too small or too large for one block group is refused', { skip }, () => {
  for (const size of [MiB / 2, 129 * MiB]) assert.equal(format(size).status, 22);
});
