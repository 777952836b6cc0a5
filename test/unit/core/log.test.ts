import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { configureLog, readableLine } from '../../../src/core/log.ts';
import { FROM_SOURCE } from '../from-source.ts';

/** Runs `body` in a process of its own, where `log` is. */
function run(body: string): { stderr: string; status: number | null } {
  const module = new URL('../../../src/core/log.ts', import.meta.url).href;
  const script = `import { configureLog, log } from ${JSON.stringify(module)}; ${body}`;
  const { stderr, status } = spawnSync(
    process.execPath,
    [...FROM_SOURCE, '--input-type=module', '-e', script],
    {
      encoding: 'utf8',
    },
  );
  return { stderr, status };
}

test('messages of the level and above are readable lines on stderr, in order', () => {
  const { stderr } = run(`
    log.info('quiet'); log.warn('one', { gpa: 0x1000n, why: new Error('bad'), list: [1] });
    setTimeout(() => log.error('two'), 200);`);
  assert.equal(stderr, 'rasvm: warn: one (gpa=0x1000 why=bad list=[1])\nrasvm: error: two\n');
});

test('a message is not lost when the process ends before pino is there, and fatal is there at once', () => {
  assert.equal(run(`log.warn('one'); process.exit(7);`).stderr, 'rasvm: warn: one\n');
  assert.equal(
    run(`log.warn('one'); log.fatal('two'); process.kill(process.pid, 'SIGKILL');`).stderr,
    'rasvm: warn: one\nrasvm: fatal: two\n',
  );
});

test('a log file has JSON lines, the same from pino and from before it', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'rasvm-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = JSON.stringify(join(directory, 'log'));
  run(`configureLog({ level: 'debug', file: ${path} }); log.trace('no'); log.debug('a', { id: 1 }); log.fatal('b');
    setTimeout(() => log.info('c', { id: 3, esr: 17n }), 300);`);

  const lines = readFileSync(join(directory, 'log'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

  assert.deepEqual(
    lines.map(({ time, ...rest }) => ({ ...rest, recent: Math.abs(Date.now() - time) < 60_000 })),
    [
      { level: 20, id: 1, msg: 'a', recent: true },
      { level: 60, msg: 'b', recent: true },
      { level: 30, id: 3, esr: '0x11', msg: 'c', recent: true },
    ],
  );
});

test('silent is silent, and pino is loaded only for what is written', () => {
  const loaded = `Object.keys(Module._cache).some((path) => /[/]pino[/]/.test(path))`;
  const { stderr } = run(`
    import { Module } from 'node:module';
    configureLog({ level: 'silent' }); log.fatal('x'); log.error('y');
    setTimeout(() => { console.error(${loaded}); configureLog({ level: 'info' }); log.debug('x'); log.info('z'); }, 200);
    const written = setInterval(() => {
      if (!${loaded}) return;
      clearInterval(written);
      setTimeout(() => console.error('loaded'), 100);
    }, 20);`);
  assert.equal(stderr, 'false\nrasvm: info: z\nloaded\n');
});

test('a log file that cannot be opened is told', () => {
  assert.throws(() => configureLog({ level: 'info', file: '/nonexistent/log' }), {
    code: 'FILE',
    message: /^--log: \/nonexistent\/log cannot be written/,
  });
});

test('a level that is not known is shown as its number', () => {
  assert.equal(readableLine('{"level":35,"time":1,"msg":"m","a":"b"}'), 'rasvm: 35: m (a=b)\n');
});
