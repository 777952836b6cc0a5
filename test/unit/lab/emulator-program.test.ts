import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentProgress } from '../../../src/host/progress.ts';
import { emulatorProgram } from '../../../src/lab/emulator-program.ts';

test('a directory that ld.so would take for two is refused', async (t) => {
  const before = process.env.RASVM_CACHE;
  t.after(() => {
    if (before === undefined) delete process.env.RASVM_CACHE;
    else process.env.RASVM_CACHE = before;
  });
  for (const directory of ['/tmp/a:b', '/tmp/a;b']) {
    process.env.RASVM_CACHE = directory;
    await assert.rejects(emulatorProgram(silentProgress), { code: 'LAB', message: /set RASVM_CACHE/ });
  }
});
