/** Parts of `npm test`: each ends, with all that it started, and what it has shown until then counts. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const SCRIPTS = new URL('../../../scripts/', import.meta.url);
const { runPart } = await import(new URL('test-part.mjs', SCRIPTS).href);

async function run(program: string, limit: number) {
  let written = '';
  const write = (text: string) => {
    written += text;
  };
  const result = await runPart('sh', ['-c', program], { limit, write });
  return { ...result, written };
}

/** Until it is so; the test's own limit ends what never is. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(20);
}

test('a part that ends has its status and its last lines', { timeout: 60_000 }, async () => {
  const result = await run('seq 5; echo wrong >&2; exit 7', 30_000);

  assert.equal(result.status, 7);
  assert.equal(result.tooLong, false);
  assert.match(result.written, /^1\n2\n3\n4\n5\n/);
  assert.equal(result.lastWords.length, 3);
});

test('a part that takes too long is ended with what it started, which ignores SIGTERM', {
  timeout: 60_000,
}, async () => {
  const result = await run('sh -c \'trap "" TERM; echo $$; while :; do sleep 1; done\' & wait', 1000);

  assert.equal(result.tooLong, true);
  const [pid] = result.lastWords;
  await until(() => !existsSync(`/proc/${pid}`) || / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
});

/** Runs a file of tests with the reporter. @returns its totals, as they are at any time */
function reported(t: TestContext, source: string) {
  const directory = mkdtempSync(join(tmpdir(), 'rasvm-reporter-'));
  const file = join(directory, 'it.test.mjs');
  const totals = join(directory, 'totals.json');
  writeFileSync(file, `import { test } from 'node:test';\n${source}`);
  const reporter = [`--test-reporter=${new URL('test-reporter.mjs', SCRIPTS).pathname}`];
  // A runner inside of a runner would talk to that one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, ['--test', ...reporter, '--test-reporter-destination=stdout', file], {
    stdio: 'ignore',
    detached: true,
    env: { ...env, RASVM_TEST_TOTALS: totals },
  });
  t.after(() => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // It has ended, with the process of its file.
    }
    rmSync(directory, { recursive: true });
  });
  return { child, read: () => (existsSync(totals) ? JSON.parse(readFileSync(totals, 'utf8')) : undefined) };
}

test('what has passed counts, and what runs is told, while a run goes on', { timeout: 60_000 }, async (t) => {
  const { read } = reported(
    t,
    `test('quick', () => {}); test('endless', () => new Promise((r) => setTimeout(r, 1e6)));`,
  );
  await until(() => read()?.running.includes('endless'));

  assert.equal(read().passed, 1);
  assert.ok(!read().running.includes('quick'));
});

test('what was left out is told at the end', { timeout: 60_000 }, async (t) => {
  const { child, read } = reported(
    t,
    `test('it', (t) => { t.diagnostic('left out: much'); t.diagnostic('else'); });`,
  );
  await until(() => child.exitCode !== null);

  assert.deepEqual(read().leftOut, ['much']);
  assert.deepEqual(read().running, []);
});
