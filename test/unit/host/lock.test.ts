/** Locks: one at a time, stale ones are taken over, and whoever waits says for whom and not for ever. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RasvmError } from '../../../src/core/errors.ts';
import { withLock } from '../../../src/host/lock.ts';
import { ownerName, self, takeOwnership } from '../../../src/host/ownership.ts';
import { FROM_SOURCE } from '../from-source.ts';

const FAST = { poll: 5, said: 10_000, most: 10_000 };

function scratch(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'rasvm-test-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

test('a lock is held by one at a time, given on, and leaves nothing behind', async (t) => {
  const directory = scratch(t);
  const order: string[] = [];
  const work = (name: string) =>
    withLock(
      join(directory, 'thing'),
      async () => {
        order.push(`${name} in`);
        await sleep(20);
        order.push(`${name} out`);
      },
      FAST,
    );

  await Promise.all([work('a'), work('b')]);

  assert.deepEqual(order, ['a in', 'a out', 'b in', 'b out']);
  assert.deepEqual(readdirSync(directory), []);
});

test('a lock is given back by work that fails', async (t) => {
  const path = join(scratch(t), 'thing');
  await assert.rejects(
    withLock(path, () => Promise.reject(new Error('no')), FAST),
    /^Error: no$/,
  );
  assert.equal(await withLock(path, async () => 1, FAST), 1);
});

test('the lock of a dead process is taken over, also where its pid is used again', async (t) => {
  const path = join(scratch(t), 'thing');
  mkdirSync(join(`${path}.lock`, `${process.pid}.1`), { recursive: true });
  assert.equal(await withLock(path, async () => readdirSync(`${path}.lock`).join(), FAST), ownerName(self()));
});

test('who waits for another process gives up by naming it and what it works on', async (t) => {
  const path = join(scratch(t), 'thing');
  const other = spawn(process.execPath, [
    ...FROM_SOURCE,
    '--input-type=module',
    '-e',
    `import { takeOwnership } from ${JSON.stringify(new URL('../../../src/host/ownership.ts', import.meta.url).href)};
     takeOwnership(${JSON.stringify(`${path}.lock`)});
     console.log('held');
     setTimeout(() => {}, 60_000);`,
  ]);
  t.after(() => other.kill('SIGKILL'));
  await once(other.stdout, 'data');

  await assert.rejects(
    withLock(path, async () => assert.fail('it is held'), { poll: 5, said: 10_000, most: 30 }),
    (error) =>
      error instanceof RasvmError &&
      error.code === 'LAB' &&
      error.message.includes(`process ${other.pid} `) &&
      error.message.includes(path),
  );
  other.kill('SIGKILL');
  await once(other, 'exit');
  assert.equal(await withLock(path, async () => 'ours', FAST), 'ours');
});

test('who waits for long says so, and for whom', { timeout: 30_000 }, async (t) => {
  const path = join(scratch(t), 'thing');
  await withLock(
    path,
    async () => {
      const waiter = spawn(process.execPath, [
        ...FROM_SOURCE,
        '--input-type=module',
        '-e',
        `import { withLock } from ${JSON.stringify(new URL('../../../src/host/lock.ts', import.meta.url).href)};
         await withLock(${JSON.stringify(path)}, async () => {}, { poll: 5, said: 10, most: 60_000 });`,
      ]);
      t.after(() => waiter.kill('SIGKILL'));
      const [words] = await once(waiter.stderr, 'data');
      assert.equal(String(words), `rasvm: warn: waits for process ${process.pid}, which works on ${path}\n`);
    },
    FAST,
  );
});

test('what is taken is told its living owner', (t) => {
  const path = join(scratch(t), 'thing');
  assert.equal(takeOwnership(path), undefined);
  assert.deepEqual(takeOwnership(path), self());
});

test('where no lock can be made, that is said', async (t) => {
  const file = join(scratch(t), 'file');
  writeFileSync(file, '');
  await assert.rejects(
    withLock(join(file, 'thing'), async () => {}, FAST),
    (error) => error instanceof RasvmError && error.code === 'FILE' && error.message.includes(file),
  );
});
