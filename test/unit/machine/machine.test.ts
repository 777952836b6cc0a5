/** A whole machine, from its start to its exit status, without KVM. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEEPER, type Keeper, keepAll } from '../../../src/core/kept.ts';
import { Pl011 } from '../../../src/devices/pl011.ts';
import { Pl031, Pl031Device } from '../../../src/devices/pl031.ts';
import { SYSTEM_EVENT } from '../../../src/kvm/abi.ts';
import { BUS_MCEERR_AO, BUS_MCEERR_AR } from '../../../src/native/binding.ts';
import { ADDRESS_MAP } from '../../../src/platform/address-map.ts';
import { virtBoard } from '../../../src/platform/virt.ts';
import { SOURCES } from '../../../src/ras/sources/plan.ts';
import { ERROR_BLOCK_LENGTH } from '../../../src/ras/sources/record-area.ts';
import { EINTR, EXIT, exit, load, store } from '../native/support.ts';
import { block, ScriptedMachine } from './scripted-machine.ts';

const powerOff = exit(EXIT.SYSTEM_EVENT, BigInt(SYSTEM_EVENT.SHUTDOWN));
const reset = exit(EXIT.SYSTEM_EVENT, BigInt(SYSTEM_EVENT.RESET));
/** KVM_EXIT_INTERNAL_ERROR, with which no vCPU goes on. */
const failure = exit(17);
const ON_ERROR_STOP = { mode: 'auto', early: true, notify: 'sea', onError: 'stop' } as const;

const board = virtBoard({ acpi: true, serial: false, sources: SOURCES.length });
const placeOf = (id: string) => board.find(({ slot }) => slot.id === id)!.slot.base;

const prints = (text: string) =>
  [...Buffer.from(text)].map((byte) => store(placeOf('console') + Pl011.DR, 1, BigInt(byte)));

const stopped = (scene: ScriptedMachine) => scene.events('machine.stopped').map(({ reason }) => reason);

test('a guest that powers off ends the machine, with all that it has printed', async (t) => {
  const scene = await ScriptedMachine.start(t);
  scene.play(0, ...prints('hello\n'), powerOff);
  assert.equal(await scene.finished(), 0);
  assert.equal(scene.output, 'hello\n');
  assert.deepEqual(stopped(scene), ['the guest powered off']);
});

test('a guest that is reset boots anew in a VM of its own', async (t) => {
  const scene = await ScriptedMachine.start(t, { vcpus: 2 });
  scene.play(1, reset);
  await scene.until('a second boot', () => scene.vms.length === 2);
  scene.play(0, ...prints('again'), powerOff);
  assert.equal(await scene.finished(), 0);
  assert.equal(scene.output, 'again');
  assert.deepEqual(
    scene.events('machine.reset').map(({ count }) => count),
    [1],
  );
  const warnings = scene.events('machine.warning').filter(({ message }) => !message.startsWith('--ras'));
  assert.deepEqual(warnings, []);
});

test('an exit that no vCPU goes on from ends the machine, and says where it stood', async (t) => {
  const scene = await ScriptedMachine.start(t);
  scene.play(0, failure);
  assert.equal(await scene.finished(), 4);
  assert.match(stopped(scene)[0]!, /^vCPU 0 cannot go on at PC 0x40000000: KVM exit 17$/);
});

test('where tables are kept for another machine, new ones are made, and kept for the next start', async (t) => {
  const kept = new Map<string, string>();
  const global = globalThis as { [KEEPER]?: Keeper };
  t.after(() => delete global[KEEPER]);
  global[KEEPER] = {
    read: (name) => Buffer.from(kept.get(name) ?? '{"key":"another","rsdp":0,"tables":""}'),
    write: (name, content) => void kept.set(name, content),
  };
  const first = await ScriptedMachine.start(t);
  assert.equal(first.vms.length, 2);
  first.play(0, reset);
  await first.until('a boot after the reset', () => first.vms.length === 3);
  keepAll();
  await first.machine.stop('kill');
  const next = await ScriptedMachine.start(t);
  assert.equal(next.vms.length, 1);
  next.play(0, reset);
  await next.until('a boot after the reset', () => next.vms.length === 2);
});

test('what stops a machine that is about to start stops it', async (t) => {
  let vms = 0;
  const scene = await ScriptedMachine.start(t, {
    meanwhile: (machine) => machine.stop('kill'),
    onVm: () => vms++,
  });
  assert.equal(await scene.finished(), 5);
  assert.equal(vms, 0);
});

test('a panic on the console is said, and its reset is the end', async (t) => {
  const scene = await ScriptedMachine.start(t);
  scene.play(0, ...prints('[    1.000000] Kernel panic - not syncing: on purpose\n'), reset);
  assert.equal(await scene.finished(), 3);
  assert.deepEqual(
    scene.events('machine.panicked').map(({ reason }) => reason),
    ['on purpose'],
  );
});

test('where nothing is, loads give zero and stores do nothing; each page is reported once', async (t) => {
  const scene = await ScriptedMachine.start(t);
  scene.play(0, load(0x1_0000, 4), store(0x1_0008, 4, 1n), load(0x2_0000, 8), powerOff);
  assert.equal(await scene.finished(), 0);
  assert.deepEqual(
    scene.events('machine.stray-access').map(({ gpa, write }) => [gpa, write]),
    [
      [0x1_0000, false],
      [0x2_0000, false],
    ],
  );
});

for (const [what, end, options, status] of [
  ['another vCPU fails', () => failure, {}, 4],
  [
    'a page is lost, and --ras on-error=stop',
    (hva: number) => ({ errno: EINTR, sigbus: { code: BUS_MCEERR_AR, hva, lsb: 12 } }),
    { ras: ON_ERROR_STOP },
    6,
  ],
] as const) {
  test(`what is printed when ${what} is not lost`, async (t) => {
    const scene = await ScriptedMachine.start(t, { vcpus: 2, ...options });
    // Long before what is printed, and found together with it.
    scene.play(1, end(scene.memory.hva + 0x80_0000));
    block(50);
    scene.play(0, ...prints('the last words\n'));
    block(50);
    assert.equal(await scene.finished(), status);
    assert.equal(scene.output, 'the last words\n');
  });
}

test('what is printed before the machine is killed is not lost', async (t) => {
  const scene = await ScriptedMachine.start(t);
  scene.play(0, ...prints('the last words\n'));
  block(50);
  await scene.machine.stop('kill');
  assert.equal(await scene.finished(), 5);
  assert.equal(scene.output, 'the last words\n');
});

test('a vCPU that touches a lost page gets a record and an abort, and the guest acknowledges', async (t) => {
  const scene = await ScriptedMachine.start(t);
  const hva = scene.memory.hva + 0x80_0000;
  scene.play(0, { errno: EINTR, sigbus: { code: BUS_MCEERR_AR, hva, lsb: 12 } });
  await scene.until('the abort', () => scene.events('notified').length > 0);
  // Linux zeroes block_status first.
  scene.records.writeU32(ERROR_BLOCK_LENGTH, 0);
  scene.play(0, store(ADDRESS_MAP.readAck.base, 8, 1n));
  await scene.until('the acknowledgement', () => scene.events('acknowledged').length > 0);
  const gpa = ADDRESS_MAP.ram.base + 0x80_0000;
  assert.deepEqual(
    scene.events('recorded').map(({ physicalAddress, source }) => [physicalAddress, source]),
    [[gpa, 0]],
  );
  const { total, acknowledged } = scene.machine.status().errors;
  assert.deepEqual({ total, acknowledged }, { total: 1, acknowledged: 1 });
  assert.deepEqual(
    scene.machine.poison().map((page) => page.gpa),
    [gpa],
  );
});

test('a device that throws is reported once, and the guest goes on', async (t) => {
  t.mock.method(Pl031Device.prototype, 'read', () => {
    throw new Error('on purpose');
  });
  const scene = await ScriptedMachine.start(t);
  const broken = load(placeOf('rtc') + Pl031.DR, 4);
  scene.play(0, broken, broken, ...prints('still here'), powerOff);
  assert.equal(await scene.finished(), 0);
  assert.equal(scene.output, 'still here');
  const warnings = scene.events('machine.warning').map(({ message }) => message);
  assert.deepEqual(
    warnings.filter((message) => message.includes('on purpose')),
    [
      'the handler of mmio-read failed, and the guest goes on without it (on purpose): this is a bug of rasvm',
    ],
  );
});

test('a console that throws is reported once, and the guest goes on', async (t) => {
  const scene = await ScriptedMachine.start(t, {
    write: () => {
      throw new Error('on purpose');
    },
  });
  scene.play(0, ...prints('a'));
  await scene.until('output', () => scene.output === 'a');
  scene.play(0, ...prints('b'), powerOff);
  assert.equal(await scene.finished(), 0);
  assert.equal(scene.output, 'ab');
  assert.equal(scene.events('machine.warning').filter(({ message }) => /purpose/.test(message)).length, 1);
});

test('an early signal from before a reset counts only if its page is still lost', async (t) => {
  const [whole, lost] = [0x80_0000, 0x90_0000];
  const scene = await ScriptedMachine.start(t, {
    onVm(boot, { addon, memory }) {
      if (boot === 1) return;
      for (const offset of [whole, lost]) addon.scripted.raiseSigbus(BUS_MCEERR_AO, memory.hva + offset, 12);
      void memory.poison(lost, memory.pageSize, 'uffd').catch(() => {});
      block(50);
    },
  });
  scene.play(0, reset);
  await scene.until('a second boot', () => scene.vms.length === 2);
  const { memory } = scene;
  const canPoison = memory.findPoison(lost, memory.pageSize).length > 0;
  memory.write(whole, Buffer.of(1));
  await scene.until('the signal', () => scene.events('signal').length > 0 || !canPoison);
  assert.deepEqual(
    scene.events('signal').map(({ hva }) => hva - memory.hva),
    canPoison ? [lost] : [],
  );
});

test('a SysRq key that resets the guest has been read by it', async (t) => {
  const scene = await ScriptedMachine.start(t);
  const asked = scene.machine.sysrq('b');
  scene.play(0, reset);
  await asked;
  assert.equal(scene.vms.length, 2);
});
