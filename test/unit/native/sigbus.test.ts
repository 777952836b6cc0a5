import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EXIT_STATUS } from '../../../src/core/errors.ts';
import { BUS_MCEERR_AO, BUS_MCEERR_AR } from '../../../src/native/binding.ts';
import { FROM_SOURCE } from '../from-source.ts';
import { addon, EINTR, Events, store, withVm } from './support.ts';

const HVA = 0x7f12_3456_7000;
const ar = (hva: number, lsb = 12) => ({ code: BUS_MCEERR_AR, hva, lsb });
const ao = (hva: number, lsb = 12) => ({ code: BUS_MCEERR_AO, hva, lsb });

test('a late error in KVM_RUN becomes the vCPU’s event, and the vCPU waits', async () => {
  await withVm(2, async ({ events, vm, vcpus }) => {
    for (const vcpu of vcpus) vcpu.start();
    vm.play(1, { errno: EINTR, sigbus: ar(HVA, 21) });
    const { time, ...event } = await events.next('memory-error');
    assert.ok(time <= process.hrtime.bigint());
    assert.deepEqual(event, { kind: 'memory-error', vcpu: 1, code: BUS_MCEERR_AR, hva: HVA, lsb: 21 });
    vm.play(1, store(0x1000, 4, 1n));
    await events.quiet();
    vcpus[1]!.resume();
    assert.equal((await events.next('mmio-write')).vcpu, 1);
  });
});

test('errors that come together are told one after the other, each with its own resume', async () => {
  const count = 100; // more than the vCPU's queue holds: the rest stays pending in the kernel
  await withVm(1, async ({ events, vm, vcpus }) => {
    vcpus[0]!.start();
    vm.play(0, { errno: EINTR, sigbus: Array.from({ length: 3 }, (_, i) => ar(HVA + i * 4096)) });
    for (let i = 0; i < 3; i++) {
      assert.equal((await events.next('memory-error')).hva, HVA + i * 4096);
      if (i === 0) await events.quiet();
      vcpus[0]!.resume();
    }
    vm.play(0, { errno: EINTR, sigbus: Array.from({ length: count }, (_, i) => ar(HVA + i * 4096)) });
    // Standard signals of one kind merge while they are blocked, as they are when the vCPU's queue is full: the
    // first 64 are kept, and of the rest the first, which was pending.
    for (let i = 0; i < 65; i++) {
      assert.equal((await events.next('memory-error')).hva, HVA + i * 4096);
      vcpus[0]!.resume();
    }
    vm.play(0, { errno: EINTR, sigbus: ar(HVA) });
    assert.equal((await events.next('memory-error')).hva, HVA);
  });
});

test('an early error that a vCPU thread sees is told without making it wait, also beside a late one', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    vcpus[0]!.start();
    vm.play(0, { errno: EINTR, sigbus: [ao(HVA), ar(HVA + 4096), ao(HVA + 8192)] });
    assert.equal((await events.next('memory-error')).vcpu, undefined);
    assert.equal((await events.next('memory-error')).vcpu, 0);
    vcpus[0]!.resume();
    const last = await events.next('memory-error');
    assert.deepEqual([last.vcpu, last.code, last.hva], [undefined, BUS_MCEERR_AO, HVA + 8192]);
    vm.play(0, store(0, 4, 0n));
    await events.next('mmio-write');
  });
});

test('a late error comes before the answer to pause, and stop does not wait for its answer', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    vcpus[0]!.start();
    vm.play(0, { errno: EINTR, sigbus: ar(HVA) });
    await events.next('memory-error');
    vcpus[0]!.pause();
    await events.quiet();
    vcpus[0]!.resume();
    await events.next('paused');
    vcpus[0]!.resume();
    vm.play(0, { errno: EINTR, sigbus: [ar(HVA), ar(HVA + 4096)] });
    await events.next('memory-error');
    vcpus[0]!.stop();
  });
});

test('memory errors are told even when the queue is full', async () => {
  const capacity = 4096;
  await withVm(2, async ({ events, vm, vcpus }) => {
    vm.mapRegisters({
      base: 0x1000,
      size: 0x1000,
      registers: [{ offset: 0, size: 8, value: 0n, read: 'shadow', write: 'post' }],
    });
    for (let i = 0; i < capacity + 10; i++) vm.play(0, store(0x1000, 8, BigInt(i)));
    vcpus[0]!.start();
    vcpus[1]!.start();
    const sleep = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    sleep(300);
    vm.play(1, { errno: EINTR, sigbus: ar(HVA) });
    sleep(50);
    for (let i = 0; i < capacity; i++) await events.next('posted-write');
    assert.equal((await events.next('memory-error')).vcpu, 1);
    for (let i = 0; i < 10; i++) await events.next('posted-write');
  });
});

test('the listener tells of early errors that another thread got, each of them', async () => {
  const events = new Events();
  const listener = addon.startSigbus(events.queue, true);
  try {
    assert.equal(listener.early, true);
    assert.throws(() => addon.startSigbus(events.queue, true), { code: 'ERR_STATE' });
    for (let i = 0; i < 500; i++) addon.scripted.raiseSigbus(BUS_MCEERR_AO, HVA + i * 4096, 21);
    for (let i = 0; i < 500; i++) {
      const { hva, lsb } = await events.next('memory-error');
      assert.deepEqual([hva, lsb], [HVA + i * 4096, 21]);
    }
  } finally {
    listener.close();
    listener.close();
  }
  const again = addon.startSigbus(events.queue, false);
  assert.equal(again.early, false);
  again.close();
  events.queue.close();
});

/** Runs `body` in another process, since it is to die. */
function inChild(body: string) {
  const here = fileURLToPath(new URL('.', import.meta.url));
  const program = `import { addon } from ${JSON.stringify(`${here}support.ts`)};\n${body}`;
  const options = [...FROM_SOURCE, '--input-type=module', '-e', program];
  return spawnSync(process.execPath, options, { encoding: 'utf8', cwd: here, timeout: 60_000 });
}

test('a memory error of rasvm’s own is said in one line, and ends the process with a status of its own', () => {
  const result = inChild(`
    new addon.GuestMemory({ size: 0x20_0000, backing: 'anonymous', hugePageSize: 0 });
    process.on('exit', () => console.log('not reached'));
    addon.scripted.raiseSigbus(${BUS_MCEERR_AR}, 0x1234_5678_9000, 12);
    console.log('not reached');`);
  assert.deepEqual([result.signal, result.status], [null, EXIT_STATUS.HOST_MEMORY]);
  assert.match(
    result.stderr,
    /^rasvm: memory error \(BUS_MCEERR_AR\) in rasvm's own memory at 0x123456789000, in thread \S+: rasvm cannot go on, .*\n$/,
  );
  assert.equal(result.stdout, '');
});

test('a SIGBUS that is no memory error is said in one line, then kills the process as the kernel would', () => {
  const BUS_ADRERR = 2;
  const result = inChild(`
    new addon.GuestMemory({ size: 0x20_0000, backing: 'anonymous', hugePageSize: 0 });
    addon.scripted.raiseSigbus(${BUS_ADRERR}, 0x1234_5678_9000, 12);
    console.log('not reached');`);
  assert.equal(result.signal, 'SIGBUS');
  assert.match(
    result.stderr,
    /^rasvm: no memory behind the address \(BUS_ADRERR\) .*: rasvm cannot go on\n$/,
  );
  assert.equal(result.stdout, '');
});

/** perl is on every Debian; a word that is to be a number for the kernel must be one for perl. */
const SEND =
  'my ($tgkill, $pid, $tid, $signal) = map { $_ + 0 } @ARGV; syscall($tgkill, $pid, $tid, $signal)';
const TGKILL: Partial<Record<string, number>> = { x64: 234, arm64: 131 };

for (const [whom, tid] of [
  ['the listener', 'listener.tid'],
  ['the main thread', 'process.pid'],
] as const) {
  test(`a SIGBUS that a process sends to ${whom} is no memory error: it ends rasvm`, () => {
    const result = inChild(`
      import { spawnSync } from 'node:child_process';
      const queue = new addon.EventQueue(() => console.log('not reached'));
      const listener = addon.startSigbus(queue, true);
      const SIGBUS = 7;
      const words = [${TGKILL[process.arch]}, process.pid, ${tid}, SIGBUS];
      spawnSync('perl', ['-e', ${JSON.stringify(SEND)}, ...words.map(String)]);
      setTimeout(() => process.exit(1), 2000);`);
    assert.equal(result.signal, 'SIGBUS');
    assert.match(
      result.stderr,
      /^rasvm: SIGBUS was sent by process \d+: rasvm ends, and its guest with it\n$/,
    );
    assert.equal(result.stdout, '');
  });
}

test('a process that ends with running vCPUs and a listener ends cleanly', () => {
  const result = inChild(`
    const queue = new addon.EventQueue(() => {});
    addon.startSigbus(queue, true);
    const vm = addon.scripted.createVm(queue);
    vm.mapRegisters({ base: 0, size: 8, registers: [{ offset: 0, size: 8, value: 0n, read: 'wait', write: 'post' }] });
    for (let i = 0; i < 4; i++) {
      vm.createVcpu(i).start();
    }
    setTimeout(() => process.exit(7), 20);`);
  assert.deepEqual([result.status, result.signal, result.stderr], [7, null, '']);
});

test('an unreferenced queue does not keep the process alive', () => {
  const result = inChild('const queue = new addon.EventQueue(() => {}); queue.unref();');
  assert.deepEqual([result.status, result.stderr], [0, '']);
});
