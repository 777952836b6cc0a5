import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restoreMemory } from '../../../src/ras/errors/restore.ts';
import { fakeService, RAM_BASE } from './fake-service.ts';
import { SOURCE } from './sources.ts';

const PAGE = RAM_BASE + 0x10_0000;
const AT = 0x10_0000;

function lose(guest: ReturnType<typeof fakeService>, offset: number) {
  guest.memory.broken.set(offset, 'EHWPOISON');
  guest.early(RAM_BASE + offset);
}

test('a reset makes lost pages whole, and drops what was to be told of them', () => {
  const guest = fakeService();
  lose(guest, AT);
  lose(guest, AT + 0x3000);
  guest.ras.reset();
  assert.deepEqual(guest.memory.findPoison(0, guest.memory.size), []);
  assert.equal(guest.ledger.size, 0);
  assert.deepEqual(guest.kinds().slice(-4), ['dropped', 'dropped', 'renewed', 'renewed']);
});

test('a loss that nobody has told of is found and made whole too', () => {
  const guest = fakeService();
  guest.memory.broken.set(AT, 'EHWPOISON');
  guest.ras.reset();
  assert.deepEqual(guest.kinds(), ['found', 'renewed']);
  assert.equal(guest.memory.broken.size, 0);
});

test('what cannot be backed again stays in the ledger as left out; the next reset tries anew', () => {
  const guest = fakeService();
  guest.memory.beyondHelp.add(AT);
  lose(guest, AT);
  lose(guest, AT + 0x3000);
  guest.ras.reset();
  const [page, ...others] = [...guest.ledger];
  assert.deepEqual([page!.gpa, page!.leftOut, others.length], [PAGE, true, 0]);
  const leftOut = guest.events.since(0).find(({ kind }) => kind === 'left-out');
  assert.deepEqual(
    { ...leftOut, seq: 0, time: 0 },
    { ...{ seq: 0, time: 0, kind: 'left-out', id: 1, gpa: PAGE, size: 4096 }, reason: `EHWPOISON at ${AT}` },
  );

  guest.memory.beyondHelp.clear();
  guest.ras.reset();
  assert.equal(guest.ledger.size, 0);
  assert.equal(guest.kinds().at(-1), 'renewed');
});

test('a signal about memory that was left out is not told: the guest does not have it', () => {
  const guest = fakeService();
  guest.memory.beyondHelp.add(AT);
  guest.memory.broken.set(AT, 'EHWPOISON');
  guest.ras.reset();
  guest.early(PAGE);
  guest.ras.close();
  assert.equal(guest.kinds().at(-1), 'known');
  assert.equal(guest.pulses(), 0);
});

test('a huge page goes back whole, though less of it was named', () => {
  const guest = fakeService({ pageSize: 0x20_0000 });
  guest.memory.broken.set(0x20_0000, 'EHWPOISON');
  guest.touch(RAM_BASE + 0x20_3000);
  guest.acknowledge(SOURCE.SEA);
  guest.ras.reset();
  assert.deepEqual(guest.memory.renewed, [[0x20_0000, 0x20_0000]]);
  assert.equal(guest.ledger.size, 0);
});

test('a huge page that the host has no other for is left out', () => {
  const guest = fakeService({ pageSize: 0x20_0000 });
  guest.memory.broken.set(0x20_0000, 'ENOMEM');
  guest.memory.beyondHelp.add(0x20_0000);
  guest.touch(RAM_BASE + 0x20_3000);
  guest.acknowledge(SOURCE.SEA);
  guest.ras.reset();
  const left = [...guest.ledger].map(({ gpa, size, leftOut }) => ({ gpa, size, leftOut }));
  assert.deepEqual(left, [{ gpa: RAM_BASE + 0x20_0000, size: 0x20_0000, leftOut: true }]);
  assert.equal(guest.kinds().at(-1), 'left-out');
});

test('a page map that cannot be read is a warning, and what is known is made whole', () => {
  const guest = fakeService();
  lose(guest, AT);
  guest.memory.findPoison = () => {
    throw new Error('no page map');
  };
  guest.ras.reset();
  assert.deepEqual(guest.kinds().slice(-2), ['machine.warning', 'renewed']);
});

test('memory is made whole without a service as well', () => {
  const guest = fakeService();
  guest.memory.broken.set(AT, 'EHWPOISON');
  const { map, memory, ledger, events } = guest;
  restoreMemory({ map, ledger, events });
  assert.equal(memory.broken.size, 0);
});
