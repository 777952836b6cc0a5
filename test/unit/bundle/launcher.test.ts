/** The bundle's launcher: what it gives Node.js besides, Node.js must know. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const LAUNCHER = join(import.meta.dirname, '../../../dist/bin/rasvm');

test('the launcher starts each command, also by a link', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'rasvm-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const link = join(directory, 'rasvm');
  symlinkSync(LAUNCHER, link);
  for (const program of [LAUNCHER, link])
    for (const words of [['run', '--help'], ['list', '--help'], ['--version']]) {
      const { status, stderr } = spawnSync(program, words, { encoding: 'utf8' });
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' }, words.join(' '));
    }
});
