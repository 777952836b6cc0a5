import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FROM_SOURCE } from '../from-source.ts';

/** A command in the lab that says when it has the terminal and what it gets, and ends with 7 at its first input or after $LIMIT ms. */
const PROGRAM = `
  import { writeFileSync } from 'node:fs';
  import { PassThrough } from 'node:stream';
  import { attach } from ${JSON.stringify(new URL('../../../src/lab/terminal.ts', import.meta.url).href)};
  const start = () => {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const exit = new Promise((resolve) => {
      const end = () => { stdout.end(); stderr.end(); resolve({ status: 7 }); };
      stdin.once('data', (bytes) => { stdout.write('got ' + JSON.stringify(String(bytes)) + ' raw ' + process.stdin.isRaw); end(); });
      setTimeout(end, Number(process.env.LIMIT));
    });
    const raw = setInterval(() => {
      if (!process.stdin.isRaw) return;
      clearInterval(raw);
      stdout.write('raw');
    }, 20);
    stdout.write('started');
    writeFileSync(process.env.FILE, '');
    return { stdin, stdout, stderr, exit, kill() {}, resize() {}, hangup() {} };
  };
  process.exit(await attach(start, 'test', {}));
`;

/** Of who has the keys: what is typed comes long before. */
const LONG = 60_000;

/** Types Ctrl-C and Enter a moment after `after` has been printed. $FILE is there when the program is. */
async function inTerminal(
  t: TestContext,
  commandLine: string,
  limit: number,
  after: string,
): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'rasvm-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'program.mjs');
  writeFileSync(path, PROGRAM);
  const program = [process.execPath, ...FROM_SOURCE, path].join(' ');
  const child = spawn('script', ['-qec', commandLine, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...process.env,
      PROGRAM: program,
      SHELL: '/bin/sh',
      LIMIT: String(limit),
      FILE: join(directory, 'file'),
    },
  });
  t.after(() => child.kill('SIGKILL'));
  let seen = '';
  let typed = false;
  for await (const chunk of child.stdout) {
    seen += chunk;
    if (typed || !seen.includes(after)) continue;
    typed = true;
    setTimeout(() => child.stdin.write('\x03\n'), 200);
  }
  return seen;
}

test('a command in the lab has the keys of the terminal, which is itself again after it', async (t) => {
  const seen = await inTerminal(t, '$PROGRAM; echo status $?; stty -a', LONG, 'raw');
  assert.match(seen, /got "\\u0003\\n" raw true/);
  assert.match(seen, /status 7/);
  assert.match(seen, / icanon/);
});

test('in the background of a terminal it runs without them, and is not stopped', async (t) => {
  const seen = await inTerminal(t, 'trap "" INT; timeout -k 1 60 $PROGRAM; echo status $?', 1000, 'started');
  assert.doesNotMatch(seen, /got/);
  assert.match(seen, /status 7/);
});

test('without setting the terminal, as with output in a pipe, it is not read in the background either', async (t) => {
  const line = 'trap "" INT; { timeout -k 1 60 $PROGRAM; echo status $?; } | cat';
  const seen = await inTerminal(t, line, 1000, 'started');
  assert.doesNotMatch(seen, /got/);
  assert.match(seen, /status 7/);
});

test('brought to the foreground it has them', async (t) => {
  const line = 'set -m; $PROGRAM & until test -e "$FILE"; do sleep 0.1; done; fg; echo status $?';
  const seen = await inTerminal(t, line, LONG, 'raw');
  assert.match(seen, /got .* raw true/);
});
