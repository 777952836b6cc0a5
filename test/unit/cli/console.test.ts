import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConsole, escapeKeys } from '../../../src/machine/console.ts';
import { FROM_SOURCE } from '../from-source.ts';

const NO_INPUT = { onInput: () => {}, onQuit: () => {} };

/** What the keys came to: `<...>` what the guest got. */
function type(...pieces: string[]): string[] {
  const seen: string[] = [];
  const keys = escapeKeys({
    onInput: (bytes) => seen.push(`<${Buffer.from(bytes).toString('latin1')}>`),
    onQuit: () => seen.push('quit'),
    onHelp: () => seen.push('help'),
  });
  for (const piece of pieces) keys(Buffer.from(piece, 'latin1'));
  return seen;
}

/** Runs a program with a console on its stdio; `body` sees `c`, `createConsole` and `close`. */
function spawnConsole(t: TestContext, body: string, stdout: 'pipe' | number = 'pipe'): ChildProcess {
  const module = new URL('../../../src/machine/console.ts', import.meta.url).href;
  const script = `
    import { createConsole } from ${JSON.stringify(module)};
    const c = createConsole({ kind: 'stdio' }, { onInput: (bytes) => onInput(bytes), onQuit: () => c.write(Buffer.from('quit')) });
    const close = async () => { await c.close(); process.exit(0); };
    let onInput = () => {};
    // Its machine keeps a process alive, not its console.
    setInterval(() => {}, 60_000);
    ${body}`;
  const child = spawn(process.execPath, [...FROM_SOURCE, '--input-type=module', '-e', script], {
    stdio: ['pipe', stdout, 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

test('what is typed goes to the guest, control characters as well', () => {
  assert.deepEqual(type('ls\r', '\x03\x1a\x1b[A\xff'), ['<ls\r>', '<\x03\x1a\x1b[A\xff>']);
});

test('the escape key takes one key with it, also when that comes later', () => {
  assert.deepEqual(type('\x01x'), ['quit']);
  assert.deepEqual(type('\x01', 'X', 'x'), ['quit', '<x>']);
  assert.deepEqual(type('a\x01ab'), ['<a\x01b>']);
  assert.deepEqual(type('\x01\x01'), ['<\x01>']);
  assert.deepEqual(type('\x01?', '\x01c', '\x01z'), ['help', 'help', 'help']);
  assert.deepEqual(type('\x01x\x01x'), ['quit', 'quit']);
});

test('a console in a file has every byte, in order', async (t) => {
  const path = join(mkdtempSync(join(tmpdir(), 'rasvm-')), 'console');
  t.after(() => rmSync(path, { force: true }));
  const console = createConsole({ kind: 'file', path }, NO_INPUT);
  const expected: Buffer[] = [];
  const reused = new Uint8Array(100);

  for (let index = 0; index < 5000; index++) {
    reused.fill(index);
    expected.push(Buffer.from(reused));
    console.write(reused);
    if (index % 1000 === 0) await sleep(1);
  }
  await console.close();

  assert.ok(readFileSync(path).equals(Buffer.concat(expected)));
});

test('a console file that cannot be made is told', () => {
  assert.throws(() => createConsole({ kind: 'file', path: '/nonexistent/console' }, NO_INPUT), {
    code: 'FILE',
    message: /^--console: \/nonexistent\/console cannot be written/,
  });
});

test('a reader that is slow is told by write(), holds nothing up, and gets every byte', async (t) => {
  const child = spawnConsole(
    t,
    `let sent = 0;
     const fill = () => { while (sent < 1_000_000) { sent += 1000; if (!c.write(Buffer.alloc(1000, 65 + sent / 1000 % 26))) return; } close(); };
     c.onDrain(fill);
     fill();
     let ticks = 0;
     setInterval(() => process.stderr.write('sent ' + sent + ' ticks ' + ++ticks + '\\n'), 20);`,
  );
  let told = '';
  child.stderr!.on('data', (text) => {
    told += text;
  });
  while (!/ticks 10\n/.test(told)) await once(child.stderr!, 'data');
  const lines = told.trim().split('\n');
  // A pipe (64 KiB), a write under way and what may wait.
  assert.ok(Number(/sent (\d+)/.exec(lines.at(-1)!)![1]) < 400_000, 'the console takes what nobody reads');

  const exit = once(child, 'exit');
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout!) chunks.push(chunk as Buffer);
  const all = Buffer.concat(chunks);

  assert.deepEqual(await exit, [0, null]);
  assert.equal(all.length, 1_000_000);
  for (let at = 0; at < all.length; at += 1000) assert.equal(all[at], 65 + ((at / 1000 + 1) % 26));
});

test('a reader that goes away does not end the guest', async (t) => {
  const child = spawnConsole(
    t,
    `c.onDrain(() => {});
     const timer = setInterval(() => c.write(Buffer.alloc(1000)), 1);
     setTimeout(() => { clearInterval(timer); process.stderr.write('alive'); close(); }, 500);`,
  );
  let told = '';
  child.stderr!.on('data', (text) => {
    told += text;
  });
  child.stdout!.destroy();

  assert.deepEqual(await once(child, 'exit'), [0, null]);
  assert.match(told, /alive/);
  assert.match(told, /console's output is lost from here on: .*EPIPE/);
});

test('stdin that is no terminal is passed on as it is, and its end does not end the guest', async (t) => {
  const child = spawnConsole(
    t,
    `onInput = (bytes) => c.write(bytes);
     process.stdin.on('end', () => setTimeout(() => { c.write(Buffer.from('still here')); close(); }, 100));`,
  );
  child.stdin!.end('a\x01xb\n');
  let seen = '';
  for await (const chunk of child.stdout!) seen += chunk;
  assert.equal(seen, 'a\x01xb\nstill here');
});

test('input waits while the guest takes none', async (t) => {
  const child = spawnConsole(
    t,
    `let got = 0, calls = 0;
     onInput = (bytes) => { got += bytes.length; if (++calls === 1) setTimeout(goOn, 200); return false; };
     const goOn = () => {
       process.stderr.write('calls ' + calls + '\\n');
       const timer = setInterval(() => {
         c.resumeInput();
         if (got < 200_000) return;
         clearInterval(timer);
         c.write(Buffer.from(String(got)));
         close();
       }, 1);
     };`,
  );
  let told = '';
  child.stderr!.on('data', (text) => {
    told += text;
  });
  child.stdin!.write(Buffer.alloc(200_000));
  let seen = '';
  for await (const chunk of child.stdout!) seen += chunk;
  assert.equal(seen, '200000');
  assert.equal(told, 'calls 1\n');
});

test('a terminal is raw while the guest has it, and itself again after an exit without close()', async (t) => {
  const module = new URL('../../../src/machine/console.ts', import.meta.url).href;
  const directory = mkdtempSync(join(tmpdir(), 'rasvm-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const program = join(directory, 'program.mjs');
  writeFileSync(
    program,
    `import { spawnSync } from 'node:child_process';
     import { createConsole } from ${JSON.stringify(module)};
     const stty = () => spawnSync('stty', ['-a'], { stdio: ['inherit', 'pipe', 'inherit'] }).stdout;
     createConsole({ kind: 'stdio' }, { onInput: () => {}, onQuit: () => {} });
     setTimeout(() => { process.stdout.write(stty()); process.exit(); }, 100);`,
  );
  const line = [process.execPath, ...FROM_SOURCE, program].map((each) => `'${each}'`).join(' ');
  const child = spawn('script', ['-qec', `${line}; echo --- after; stty -a`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let seen = '';
  for await (const chunk of child.stdout) seen += chunk;

  const [during, after] = seen.split('--- after');

  assert.match(during!, / -icanon/);
  assert.match(during!, /-isig/);
  assert.match(after!, / icanon/);
  assert.match(after!, /[^-]isig/);
});
