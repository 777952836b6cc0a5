/** Labs whose host dies for real: whoever uses one is told, and `rasvm test` goes on in another. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const MINUTE = 60_000;
/** Short ones. */
const FILTER = 'early-anonymous,late-again,late-anonymous-read';
const CRASH = 'sysrq triggered crash';

// Labs of these tests alone.
const scratch = mkdtempSync(join(tmpdir(), 'rasvm-test-'));
process.env.XDG_RUNTIME_DIR = scratch;
after(() => rmSync(scratch, { recursive: true, force: true }));

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<{ status: number | null; stdout: string; stderr: string }>;
  /** Waits until it has said so on standard error. */
  said(words: RegExp): Promise<void>;
}

function rasvm(...args: string[]): Running {
  const child = spawn('rasvm', args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 8 * MINUTE });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
  let over = false;
  ended.finally(() => {
    over = true;
  });
  return {
    child,
    ended,
    async said(words) {
      while (!words.test(stderr)) {
        assert.ok(!over, `it ended without having said ${words}:\n${stderr}`);
        await sleep(50);
      }
    },
  };
}

/** QEMU, a child of the process that keeps the lab. */
function emulatorOf({ pid }: ChildProcess): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ');
  const found = children.find((each) => readFileSync(`/proc/${each}/comm`, 'latin1').startsWith('qemu'));
  assert.ok(found, `no QEMU among ${children}`);
  return Number(found);
}

test('a host that panics is told to all at once; rasvm test goes on, also when the next one is killed', {
  timeout: 15 * MINUTE,
}, async (t) => {
  t.after(() => rasvm('lab', 'down').ended);
  assert.equal((await rasvm('lab', 'up', '--idle', '5').ended).status, 0);
  const report = join(scratch, 'report.json');
  const run = rasvm('test', '--filter', FILTER, '--fresh', '--jobs', '1', '--report', `json:${report}`);
  t.after(() => run.child.kill());
  const other = rasvm('lab', 'exec', '--', 'sh', '-c', 'echo begun >&2; sleep 600');
  await other.said(/^begun$/m);
  await run.said(/^ *1\/\d+ /m);

  const began = performance.now();
  const own = await rasvm('lab', 'exec', '--', 'sh', '-c', 'echo c > /proc/sysrq-trigger; sleep 600').ended;
  const told = await other.ended;
  assert.ok(performance.now() - began < MINUTE, 'it is told at once');
  for (const { status, stderr } of [own, told]) {
    assert.equal(status, 22, stderr);
    assert.match(
      stderr,
      new RegExp(`^rasvm: the lab's host died: Kernel panic - not syncing: ${CRASH}$`, 'm'),
    );
    assert.match(stderr, /^rasvm: \[.*\] sysrq: Trigger a crash$/m);
  }

  await run.said(/goes on in a new lab[\s\S]*^ *1\/\d+ /m);
  // In the middle of the next case.
  await sleep(3000);
  process.kill(emulatorOf(run.child), 'SIGKILL');
  const { status, stdout, stderr } = await run.ended;
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  assert.equal(stderr.match(/goes on in a new lab/g)?.length, 2, stderr);
  assert.match(stderr, new RegExp(CRASH));
  assert.match(stderr, /QEMU, which emulates it, was ended by SIGKILL/);
  const cases: { outcome: string }[] = JSON.parse(readFileSync(report, 'utf8')).cases;
  assert.deepEqual(
    cases.map(({ outcome }) => outcome),
    FILTER.split(',').map(() => 'passed'),
  );
});
