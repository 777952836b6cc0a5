/** The end of a process with its parent's: asked of the kernel, by real processes. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { exitWithParent } from '../../../src/cli/run/exit-with-parent.ts';
import { parseExitWithParent } from '../../../src/cli/run/run-options.ts';
import { startRun } from '../../../src/cli/run/start-run.ts';
import { FROM_SOURCE } from '../from-source.ts';

const { SIGKILL } = constants.signals;
const module = join(import.meta.dirname, '../../../src/cli/run/exit-with-parent.ts');

/** A child that asks for `asked`, says so, and would stay. @returns its program */
function stays(asked: string): string {
  return `import(${JSON.stringify(module)}).then(({ exitWithParent }) => {
    exitWithParent(${asked});
    console.log(process.pid);
    setInterval(() => {}, 1000);
  });`;
}

function node(program: string): ChildProcess {
  return spawn(process.execPath, [...FROM_SOURCE, '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function line(child: ChildProcess): Promise<string> {
  const [text] = await once(createInterface({ input: child.stdout! }), 'line');
  return text as string;
}

async function gone(pid: number): Promise<boolean> {
  for (let i = 0; i < 100; i++) {
    if (!existsSync(`/proc/${pid}/cmdline`)) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

for (const how of ["'on'", 'process.ppid'])
  test(`a process that asks by ${how} ends when its parent is killed`, async (t) => {
    const parent = node(`
      const { spawn } = require('node:child_process');
      spawn(process.execPath, [...process.execArgv.slice(0, -2), '-e', ${JSON.stringify(stays(how))}], { stdio: 'inherit' });
      setInterval(() => {}, 1000);`);
    t.after(() => parent.kill('SIGKILL'));
    const pid = Number(await line(parent));
    t.after(() => {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {}
    });
    assert.ok(existsSync(`/proc/${pid}`));
    parent.kill('SIGKILL');
    assert.ok(await gone(pid));
  });

/** A system whose parent is each of these when it is asked, one after the other. */
function system(...parents: number[]) {
  const signals: number[] = [];
  return { signals, parent: () => parents.shift()!, setSignal: (signal: number) => signals.push(signal) };
}

test('a parent that ended before the signal was set is told, and no signal is left for another', () => {
  const wrong = (message: RegExp) => ({ code: 'USAGE', message });
  const during = system(100, 1);
  assert.throws(() => exitWithParent('on', during), wrong(/the parent is process 1 and not 100/));
  assert.deepEqual(during.signals, [SIGKILL, 0]);
  const before = system(1);
  assert.throws(() => exitWithParent(100, before), wrong(/the parent is process 1 and not 100/));
  assert.deepEqual(before.signals, [SIGKILL, 0]);
  for (const [asked, same] of [
    ['on', system(100, 100)],
    [100, system(100)],
    [1, system(1)],
  ] as const) {
    exitWithParent(asked, same);
    assert.deepEqual(same.signals, [SIGKILL]);
  }
});

test('on or a PID', () => {
  assert.equal(parseExitWithParent('on'), 'on');
  assert.equal(parseExitWithParent('4711'), 4711);
  assert.equal(parseExitWithParent(undefined), undefined);
  for (const text of ['off', '0', '-1', '1.5', '1e3', '99999999999'])
    assert.throws(() => parseExitWithParent(text), { code: 'USAGE' }, text);
});

test('rasvm run without the parent that is meant does not start', async () => {
  const values = { kernel: 'Image', 'exit-with-parent': '2000000000', lab: 'never' };
  await assert.rejects(startRun(values), {
    code: 'USAGE',
    message: /the parent is process \d+ and not 2000000000/,
  });
});
