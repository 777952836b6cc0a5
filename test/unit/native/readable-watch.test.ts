import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadAddon } from '../../../src/native/load.ts';
import { FROM_SOURCE } from '../from-source.ts';

const { ReadableWatch, listenUnix } = loadAddon();

/** Threads that watch. */
function watching(): number {
  const tids = readdirSync('/proc/self/task');
  return tids.filter((tid) => readFileSync(`/proc/self/task/${tid}/comm`, 'utf8') === 'readable\n').length;
}

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'rasvm-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

function called() {
  const result = { calls: 0, call: () => void result.calls++ };
  return result;
}

/** A watch keeps no process alive: nor would waiting for it. */
async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 20_000; !holds() && Date.now() < end; ) await sleep(5);
}

test('a socket that listens can be read when somebody connects, and that is told once', async (t) => {
  const path = join(directory(t), 'socket');
  const fd = listenUnix(path);
  const ready = called();
  const watch = new ReadableWatch(fd, ready.call);
  await sleep(20);
  assert.equal(ready.calls, 0);
  const [one, two] = [connect(path), connect(path)];
  await until(() => ready.calls > 0);
  // Who connected before anybody served the socket is served.
  const server = createServer((socket) => socket.end('served'));
  server.listen({ fd });
  for (const client of [one, two]) {
    let said = '';
    for await (const bytes of client) said += String(bytes);
    assert.equal(said, 'served');
  }
  watch.close();
  assert.equal(ready.calls, 1);
  server.close();
});

test('a watch that is closed tells nothing, and its thread is gone', async (t) => {
  const path = join(directory(t), 'socket');
  const fd = listenUnix(path);
  const before = watching();
  const ready = called();
  const watch = new ReadableWatch(fd, ready.call);
  await until(() => watching() > before);
  assert.equal(watching(), before + 1);
  watch.close();
  watch.close();
  await until(() => watching() === before);
  assert.equal(watching(), before);
  const client = connect(path);
  await sleep(20);
  assert.equal(ready.calls, 0);
  client.destroy();
  closeSync(fd);
});

test('a process may end while a watch tells', () => {
  const script = `
    import { loadAddon } from ${JSON.stringify(new URL('../../../src/native/load.ts', import.meta.url).href)};
    const { ReadableWatch } = loadAddon();
    for (let i = 0; i < 100; i++) new ReadableWatch(0x7fff_fff0, () => {});`;
  const { status, signal, stderr } = spawnSync(
    process.execPath,
    [...FROM_SOURCE, '--input-type=module', '-e', script],
    { encoding: 'utf8', timeout: 60_000 },
  );
  assert.deepEqual({ status, signal }, { status: 0, signal: null }, stderr);
});

test('a call that is on its way when the watch is closed does not come', async () => {
  const ready = called();
  // No descriptor: the thread calls at once.
  const watch = new ReadableWatch(0x7fff_fff0, ready.call);
  const end = Date.now() + 50;
  while (Date.now() < end);
  watch.close();
  await sleep(20);
  assert.equal(ready.calls, 0);
});

test('what is no descriptor counts as readable: whoever reads it finds out', async () => {
  const ready = called();
  const watch = new ReadableWatch(0x7fff_fff0, ready.call);
  await until(() => ready.calls > 0);
  assert.equal(ready.calls, 1);
  watch.close();
});

test('a path that is taken, or too long, or no string is an error of the call', (t) => {
  const path = join(directory(t), 'socket');
  const fd = listenUnix(path);
  assert.throws(() => listenUnix(path), { code: 'EADDRINUSE', syscall: 'bind' });
  assert.throws(() => listenUnix(`/${'x'.repeat(108)}`), { code: 'ENAMETOOLONG', syscall: 'bind' });
  assert.throws(() => listenUnix(1 as unknown as string), TypeError);
  assert.throws(() => new ReadableWatch(0, 1 as unknown as () => void), TypeError);
  closeSync(fd);
});
