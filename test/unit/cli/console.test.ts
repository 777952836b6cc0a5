import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { createConsole, escapeKeys } from '../../../src/machine/console.ts';
import { FROM_SOURCE } from '../from-source.ts';

const MODULE = fileURLToPath(new URL('../../../src/machine/console.ts', import.meta.url));
const NO_INPUT = { onInput: () => true, onQuit: () => {} };

/** What the keys came to: `<...>` what the guest got. */
function type(...pieces: string[]): string[] {
  const seen: string[] = [];
  const keys = escapeKeys({
    onInput: (bytes) => seen.push(`<${Buffer.from(bytes).toString('latin1')}>`) > 0,
    onQuit: () => seen.push('quit'),
    onHelp: () => seen.push('help'),
  });
  for (const piece of pieces) keys(Buffer.from(piece, 'latin1'));
  return seen;
}

/** Runs a program with a console on its stdio; `body` sees `c`, `createConsole` and `close`. */
function spawnConsole(t: TestContext, body: string): ChildProcess {
  const child = spawn(process.execPath, [...FROM_SOURCE, '--input-type=module', '-e', consoleProgram(body)], {
    stdio: 'pipe',
  });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

/** @param options of createConsole */
function consoleProgram(body: string, options = '{}'): string {
  return `
    import { createConsole } from ${JSON.stringify(MODULE)};
    const c = createConsole({ kind: 'stdio' }, { onInput: (bytes) => onInput(bytes), onQuit: () => quit() }, ${options});
    let quit = () => c.write(Buffer.from('quit'));
    const close = async () => { await c.close(); process.exit(0); };
    let onInput = () => {};
    // Its machine keeps a process alive, not its console.
    setInterval(() => {}, 60_000);
    ${body}`;
}

/** Runs a shell's command line in a terminal, with a console's program as $PROGRAM, and a file that is not there as $FILE. */
function inTerminal(t: TestContext, commandLine: string, body: string, options?: string): ChildProcess {
  const directory = mkdtempSync(join(tmpdir(), 'rasvm-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'program.mjs');
  writeFileSync(path, consoleProgram(body, options));
  const PROGRAM = [process.execPath, ...FROM_SOURCE, path].join(' ');
  const child = spawn('script', ['-qec', commandLine, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, PROGRAM, FILE: join(directory, 'file'), SHELL: '/bin/sh' },
  });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

async function textOf(stream: AsyncIterable<unknown> | null): Promise<string> {
  let text = '';
  for await (const chunk of stream!) text += chunk;
  return text;
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

test('in the background of a terminal it runs on, and leaves the terminal as it is', async (t) => {
  const child = inTerminal(
    t,
    'timeout -k 1 60 $PROGRAM; echo status $?; stty -a',
    `setTimeout(() => { c.write(Buffer.from('ran')); close(); }, 200);`,
  );
  child.stdin!.write('key\n');
  const seen = await textOf(child.stdout);
  assert.match(seen, /ran/);
  assert.match(seen, /status 0/);
  assert.match(seen, / icanon/);
});

test('brought to the foreground it has the keys; sent to the background again it has not', async (t) => {
  const child = inTerminal(
    t,
    // A shell in an interactive one's way; its fg sends SIGCONT.
    `set -m; $PROGRAM & until test -e "$FILE"; do sleep 0.1; done; stty -a; fg; bg; sleep 0.3; stty sane; wait; echo status $?; stty -a`,
    `import { writeFileSync } from 'node:fs';
     let got = '';
     onInput = (bytes) => {
       got += Buffer.from(bytes);
       c.write(Buffer.from('got ' + got));
       if (got === 'ab') process.kill(process.pid, 'SIGSTOP');
     };
     process.on('SIGCONT', () => { c.write(Buffer.from('continued')); if (got) setTimeout(close, 600); });
     writeFileSync(process.env.FILE, '');`,
  );
  let seen = '';
  let sent = 0;
  for await (const chunk of child.stdout!) {
    seen += chunk;
    if (sent === 0 && seen.includes('continued')) {
      sent = 1;
      child.stdin!.write('ab');
    }
    if (sent === 1 && /got ab.*continued/s.test(seen)) {
      sent = 2;
      child.stdin!.write('c\n');
    }
  }
  const [before] = seen.split('continued');
  assert.match(before!, / icanon/);
  assert.match(seen, /got ab/);
  assert.doesNotMatch(seen, /got abc/);
  assert.match(seen, /status 0/);
  assert.match(seen.split('status 0')[1]!, / icanon/);
});

/** It fills its pipe, says so, and ends at once when it may. */
const FILL = `c.write(Buffer.alloc(300_000)); process.stderr.write('full'); process.exitCode = 7;
  const end = async () => { await c.close(); process.exit(); };`;

/** Its stdout is a pipe that is open and never read. */
function unread(t: TestContext, body: string, options?: string): ChildProcess {
  const program = consoleProgram(body, options);
  const line = '{ "$@"; echo status $? >&2; } | sleep 600';
  const argv = [process.execPath, ...FROM_SOURCE, '--input-type=module', '-e', program];
  const child = spawn('sh', ['-c', line, 'sh', ...argv], {
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  t.after(() => process.kill(-child.pid!, 'SIGKILL'));
  return child;
}

async function statusOf(child: ChildProcess): Promise<string> {
  let told = '';
  for await (const chunk of child.stderr!) {
    told += chunk;
    if (/status \d+\n/.test(told)) break;
  }
  return told;
}

test('a reader that takes nothing is given up, and told; the process ends with its status', async (t) => {
  const told = await statusOf(unread(t, `${FILL} end();`, '{ patience: 300 }'));
  assert.match(told, /^fullrasvm: warn: nobody reads the console: 234464 bytes .* not written\nstatus 7\n$/);
});

test('it is given up at once when that is asked', async (t) => {
  const told = await statusOf(
    unread(
      t,
      `${FILL} c.giveUp(); process.on('SIGTERM', () => c.giveUp()); end(); process.kill(process.pid, 'SIGTERM');`,
      '{ patience: 60_000 }',
    ),
  );
  assert.match(told, /nobody reads.*status 7/s);
});

test('an exit without close() does not wait for it for ever either', async (t) => {
  assert.match(await statusOf(unread(t, `${FILL} process.exit();`, '{ patience: 300 }')), /status 7/s);
});

/** Runs its arguments with a socket for stdout that is never read; Node.js' own do not block. */
const ON_SOCKET = `import socket, subprocess, sys
ours, its = socket.socketpair()
print('ended by', subprocess.run(sys.argv[1:], stdout=its).returncode)`;

test('a socket that blocks and that nobody reads does not keep the process', {
  skip: spawnSync('python3', ['-V']).status !== 0 && 'no python3',
}, (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'rasvm-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const released = join(directory, 'released');
  const program = consoleProgram(
    `import { writeFileSync } from 'node:fs';
     process.on('exit', () => writeFileSync(${JSON.stringify(released)}, ''));
     c.write(Buffer.alloc(3_000_000));
     close();`,
    '{ patience: 300 }',
  );
  // Not by tsx, which opens process.stdout: that makes the socket non-blocking.
  const path = join(directory, 'program.cjs');
  buildSync({
    stdin: { contents: program, resolveDir: import.meta.dirname },
    outfile: path,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    conditions: ['rasvm-source'],
    define: { 'import.meta.dirname': '""' },
  });
  const argv = ['-c', ON_SOCKET, process.execPath, path];
  const { stdout, stderr } = spawnSync('python3', argv, {
    encoding: 'utf8',
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  assert.match(stderr, /nobody reads the console/);
  assert.equal(stdout, 'ended by -9\n');
  assert.ok(existsSync(released));
});

test('a slow reader that takes a little now and then loses nothing by close()', async (t) => {
  const child = inTerminal(
    t,
    '$PROGRAM | { for i in 1 2 3 4 5 6 7 8; do sleep 0.3; head -c 20000; done; cat; } | wc -c',
    `c.write(Buffer.alloc(300_000)); close();`,
    '{ patience: 2000 }',
  );
  assert.match(await textOf(child.stdout), /300000/);
});

test('on a stopped terminal Ctrl-A x ends the wait, and all other keys do not reach the guest', async (t) => {
  const child = inTerminal(
    t,
    // A pipe that this shell holds open and does not read.
    'mkfifo "$FILE"; exec 3<>"$FILE"; $PROGRAM 2>&1 >"$FILE"; echo status $?',
    `${FILL} onInput = () => process.stderr.write('input'); quit = () => c.giveUp();
     setTimeout(() => { end(); process.stderr.write('waits'); }, 100);`,
    '{ patience: 60_000 }',
  );
  let seen = '';
  let asked = false;
  for await (const chunk of child.stdout!) {
    seen += chunk;
    if (!asked && seen.includes('waits')) {
      asked = true;
      child.stdin!.write('k\x01x');
    }
  }
  assert.doesNotMatch(seen, /input/);
  assert.match(seen, /nobody reads.*status 7/s);
});

test('a guest that reads slowly gets all of a pipe and of a file, in order', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'rasvm-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'input');
  const input = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
  writeFileSync(file, input);
  const body = `
    let waiting = [], size = 0, refused = false;
    const got = [];
    onInput = (bytes) => {
      const fits = bytes.subarray(0, 65536 - size);
      size += fits.length;
      waiting.push(Buffer.from(fits));
      refused = size >= 4096;
      return !refused;
    };
    process.stdin.on('end', () => setTimeout(() => { ended = true; }, 0));
    let ended = false;
    const timer = setInterval(() => {
      const all = Buffer.concat(waiting);
      // As a guest does: not all at a time.
      got.push(all.subarray(0, 3000));
      waiting = [all.subarray(3000)];
      size = waiting[0].length;
      if (refused && size < 4096) { refused = false; c.resumeInput(); }
      if (!ended || size > 0) return;
      clearInterval(timer);
      c.write(Buffer.concat(got));
      close();
    }, 1);`;
  const argv = [process.execPath, ...FROM_SOURCE, '--input-type=module', '-e', consoleProgram(body)];
  for (const line of ['cat "$INPUT" | "$@"', '"$@" < "$INPUT"']) {
    const child = spawn('sh', ['-c', line, 'sh', ...argv], { env: { ...process.env, INPUT: file } });
    t.after(() => child.kill('SIGKILL'));
    const chunks: Buffer[] = [];
    for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
    assert.ok(Buffer.concat(chunks).equals(input), line);
  }
});
