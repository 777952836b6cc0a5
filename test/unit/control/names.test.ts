import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { claimName, findMachine, runningMachines } from '../../../src/control/names.ts';
import {
  findRuntimeDirectory,
  openRuntimeDirectory,
  runtimeDirectory,
} from '../../../src/host/runtime-dir.ts';
import { FROM_SOURCE } from '../from-source.ts';

/** As the names have it. */
const NAMESPACE = Number(/\d+/.exec(readlinkSync('/proc/self/ns/pid'))![0]).toString(36);

function scratch(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'rasvm-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** What a machine leaves that was killed. */
function leaveStale(runtime: string, name: string, id: string): void {
  mkdirSync(join(runtime, name, id), { recursive: true });
  writeFileSync(join(runtime, name, id, 'control.sock'), '');
}

/** A pid that no process has. */
function deadPid(): number {
  return spawnSync('true').pid;
}

test('a name is taken once, found while it is held, and free after release', (t) => {
  const runtime = scratch(t);

  const claim = claimName('vm', runtime);

  assert.throws(() => claimName('vm', runtime), {
    code: 'NAME_IN_USE',
    message: new RegExp(`'vm' runs already \\(pid ${process.pid}\\).*--name.*rasvm stop vm`),
  });
  const found = findMachine('vm', runtime);
  assert.equal(found.socketPath, claim.socketPath);
  assert.equal(found.pid, process.pid);
  assert.equal(found.isAlive(), true);
  claim.release();
  claim.release();
  assert.deepEqual(readdirSync(runtime), []);
  assert.throws(() => findMachine('vm', runtime), { code: 'NO_SUCH_MACHINE', message: /none runs/ });
  claimName('vm', runtime).release();
});

test('a machine of another container is not taken for dead, whatever its pid means here', (t) => {
  const runtime = scratch(t);
  const id = `${deadPid()}.1.zzzz`;
  leaveStale(runtime, 'vm', id);
  assert.throws(() => claimName('vm', runtime), {
    code: 'NAME_IN_USE',
    message: new RegExp(`another container .* remove ${join(runtime, 'vm', id)} if`),
  });
  assert.deepEqual(readdirSync(join(runtime, 'vm')), [id]);
});

test('without a name the machine is called by its pid', (t) => {
  assert.equal(claimName(undefined, scratch(t)).name, `vm-${process.pid}`);
});

test("a dead machine's name is taken over, with all that it left", (t) => {
  const runtime = scratch(t);
  leaveStale(runtime, 'vm', `${deadPid()}.1.${NAMESPACE}`);
  symlinkSync('vm/gone/control.sock', join(runtime, 'vm.sock'));

  assert.deepEqual(runningMachines(runtime), []);
  const claim = claimName('vm', runtime);
  claim.publish();

  assert.deepEqual(readdirSync(join(runtime, 'vm')), [claim.directory.slice(runtime.length + 4)]);
  claim.release();
  assert.deepEqual(readdirSync(runtime), []);
});

test('a process that got the pid of a dead machine does not keep its name', (t) => {
  const runtime = scratch(t);
  leaveStale(runtime, 'vm', `${process.pid}.1.${NAMESPACE}`);

  claimName('vm', runtime);

  assert.equal(findMachine('vm', runtime).pid, process.pid);
});

test("release after a take-over leaves the new owner's name alone", (t) => {
  const runtime = scratch(t);
  const first = claimName('vm', runtime);
  rmSync(first.directory, { recursive: true });
  leaveStale(runtime, 'vm', '1.999');

  first.release();

  assert.deepEqual(readdirSync(join(runtime, 'vm')), ['1.999']);
});

test('of many processes that want a stale name at once, one gets it', async (t) => {
  const runtime = scratch(t);
  leaveStale(runtime, 'vm', `${deadPid()}.1.${NAMESPACE}`);
  const module = new URL('../../../src/control/names.ts', import.meta.url).href;
  const script = `
    import { claimName } from ${JSON.stringify(module)};
    process.stdin.once('data', () => {
      try { claimName('vm', ${JSON.stringify(runtime)}); console.log('mine'); } catch (error) { console.log(error.code); }
    });
    process.stdin.once('end', () => process.exit());
    console.error('ready');`;
  const takers = Array.from({ length: 6 }, () =>
    spawn(process.execPath, [...FROM_SOURCE, '--input-type=module', '-e', script]),
  );
  await Promise.all(takers.map((taker) => once(taker.stderr, 'data')));

  const answers = takers.map(async (taker) => String((await once(taker.stdout, 'data'))[0]).trim());
  for (const taker of takers) taker.stdin.write('go');
  const said = await Promise.all(answers);
  const ended = takers.map((taker) => once(taker, 'exit'));
  for (const taker of takers) taker.stdin.end();
  await Promise.all(ended);

  assert.deepEqual(said.sort(), [
    'NAME_IN_USE',
    'NAME_IN_USE',
    'NAME_IN_USE',
    'NAME_IN_USE',
    'NAME_IN_USE',
    'mine',
  ]);
});

test('what is not a name is refused', (t) => {
  const runtime = scratch(t);
  for (const name of ['', '-a', 'A', 'a/b', '..', '.', 'a.sock', 'ä', 'a'.repeat(42), 'a\n']) {
    assert.throws(() => claimName(name, runtime), { code: 'USAGE' }, JSON.stringify(name));
  }
  assert.deepEqual(readdirSync(runtime), []);
});

test('a path that no unix socket can have is refused, and nothing is left', (t) => {
  const runtime = join(scratch(t), 'x'.repeat(80));
  mkdirSync(runtime);

  assert.throws(() => claimName('vm', runtime), { code: 'USAGE', message: /too long for a unix socket/ });
  assert.deepEqual(readdirSync(runtime), []);
});

test('the runtime directory is XDG_RUNTIME_DIR/rasvm, else one by user', (t) => {
  const base = scratch(t);
  assert.equal(runtimeDirectory({ XDG_RUNTIME_DIR: base }, 1000), join(base, 'rasvm'));
  assert.equal(runtimeDirectory({ XDG_RUNTIME_DIR: join(base, 'gone') }, 1000), '/tmp/rasvm-1000');
  assert.equal(runtimeDirectory({ XDG_RUNTIME_DIR: 'relative' }, 0), '/run/rasvm');
  assert.equal(runtimeDirectory({}, 0), '/run/rasvm');
});

test('a runtime directory that others can enter or own, or that is a link, is not used', (t) => {
  const base = scratch(t);
  const path = join(base, 'rasvm');

  assert.equal(findRuntimeDirectory(path), undefined);
  assert.equal(openRuntimeDirectory(path), path);
  assert.equal(findRuntimeDirectory(path), path);
  assert.throws(() => openRuntimeDirectory(path, process.getuid!() + 1), {
    code: 'FILE',
    message: /belongs to user/,
  });
  chmodSync(path, 0o755);
  assert.throws(() => openRuntimeDirectory(path), { code: 'FILE', message: /others may enter it/ });
  assert.throws(() => findRuntimeDirectory(path), { code: 'FILE' });
  chmodSync(path, 0o700);
  symlinkSync(path, join(base, 'link'));
  assert.throws(() => openRuntimeDirectory(join(base, 'link')), { code: 'FILE', message: /not a directory/ });
  writeFileSync(join(base, 'file'), '');
  assert.throws(() => openRuntimeDirectory(join(base, 'file', 'rasvm')), {
    code: 'FILE',
    message: /XDG_RUNTIME_DIR/,
  });
  assert.equal(existsSync(path), true);
});
