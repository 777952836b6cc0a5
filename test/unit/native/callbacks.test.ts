/** What throws in a call from the addon ends the process as any other exception: it is not lost in a warning. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { FROM_SOURCE } from '../from-source.ts';

const LOAD = join(import.meta.dirname, '../../../src/native/load.ts');

const CALLS: readonly [string, string][] = [
  [
    'an event queue',
    `const queue = new addon.EventQueue(fail); const vm = addon.scripted.createVm(queue);
     const vcpu = vm.createVcpu(0); vcpu.start(); vcpu.pause();`,
  ],
  [
    'a watched descriptor',
    `const watch = new addon.ReadableWatch(0, fail); setTimeout(() => watch.close(), 20_000);`,
  ],
];
for (const [what, script] of CALLS)
  test(`a call of ${what} that throws`, () => {
    const program = `import { loadAddon } from ${JSON.stringify(LOAD)};
      process.on('uncaughtException', (error) => { console.log('uncaught: ' + error.message); process.exit(7); });
      const addon = loadAddon();
      const fail = () => { throw new Error('on purpose'); };
      ${script}`;
    const words = [...FROM_SOURCE, '--input-type=module', '-e', program];
    const { stdout, stderr, status } = spawnSync(process.execPath, words, {
      encoding: 'utf8',
      timeout: 30_000,
      input: 'x',
    });
    assert.deepEqual({ stdout, stderr, status }, { stdout: 'uncaught: on purpose\n', stderr: '', status: 7 });
  });
