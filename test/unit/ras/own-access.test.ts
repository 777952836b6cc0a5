/** Lost memory that rasvm meets itself: that of the error records, and the guest's as it walks its page tables. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeGuest, PAGE, RAM, RECORDS } from './fake-guest.ts';
import { SOURCE } from './sources.ts';

const PAGES = RAM + 0x1000_0000;

test('a block that is lost when a record is written gets other memory, and the guest its record', (t) => {
  const guest = new FakeGuest(t);
  for (const source of [SOURCE.SEA, SOURCE.GED]) guest.memory.lost.add(guest.block(source) - RAM);
  guest.early(PAGES);
  guest.late(0, PAGES + PAGE);
  guest.run(100);
  assert.deepEqual(guest.told.map(({ gpa }) => gpa).sort(), [PAGES, PAGES + PAGE]);
  assert.deepEqual(
    guest.kinds('block-lost').map(({ gpa, size, rewritten }) => [gpa, size, rewritten]),
    [
      [guest.block(SOURCE.GED), PAGE, false],
      [guest.block(SOURCE.SEA), PAGE, false],
    ],
  );
  assert.equal(guest.kinds('machine.warning').length, 2);
  assert.equal(guest.ras.counts().untold, 0);
});

test('a block that is lost with a record in it gets it again, and the guest hears of its own error alone', (t) => {
  const guest = new FakeGuest(t, { latency: 5 });
  guest.early(PAGES);
  guest.memory.lost.add(guest.block(SOURCE.GED) - RAM);
  guest.early(guest.block(SOURCE.GED));
  guest.run(100);
  assert.deepEqual(
    guest.told.map(({ gpa }) => gpa),
    [PAGES],
  );
  assert.equal(guest.kinds('block-lost')[0]!.rewritten, true);
  assert.equal(guest.ledger.size, 1);
});

test('a guest that reads a lost block goes on without an abort', (t) => {
  const guest = new FakeGuest(t, { vcpus: 2, latency: 5 });
  guest.early(PAGES);
  const block = guest.block(SOURCE.GED);
  guest.memory.lost.add(block - RAM);
  guest.late(1, block);
  assert.equal(guest.vcpus[1]!.resumed, 1);
  assert.equal(guest.kinds('notified').filter(({ notification }) => notification === 'SEA').length, 0);
  guest.run(100);
  assert.deepEqual(
    guest.told.map(({ gpa }) => gpa),
    [PAGES],
  );
});

test('the addresses of the blocks are written anew, once the memory that holds them is lost', (t) => {
  const guest = new FakeGuest(t);
  const before = guest.memory.readU64(RECORDS - RAM);
  guest.memory.lost.add(RECORDS - RAM);
  guest.early(RECORDS + 8);
  assert.equal(guest.memory.readU64(RECORDS - RAM), before);
  assert.notEqual(before, 0n);
  assert.equal(guest.told.length, 0);
});

test('records in a huge page that holds more than them are not backed anew: what it cannot tell, rasvm says', (t) => {
  const guest = new FakeGuest(t, { hostPageSize: 0x20_0000 });
  guest.memory.lost.add(guest.block(SOURCE.GED) - RAM);
  guest.early(PAGES, 21);
  guest.run(100);
  assert.equal(guest.kinds('block-lost').length, 0);
  assert.equal(guest.kinds('unrecorded')[0]!.id, guest.ledger.find(PAGES)!.id);
  assert.equal(guest.memory.lost.size, 1);
});

/** Through four levels of tables, each in a page of its own. */
const TABLES = PAGES + 0x10_0000;
const REGISTERS = {
  SCTLR_EL1: 1n,
  TCR_EL1: (16n << 16n) | 16n,
  TTBR0_EL1: BigInt(TABLES),
  TTBR1_EL1: 0n,
  PSTATE: 0n,
  PC: 0x1000n,
};

test('a page table that a walk finds lost is told early, once, behind the error that it was for', (t) => {
  t.mock.timers.enable({ apis: ['setImmediate'] });
  t.after(() => t.mock.timers.reset());
  const guest = new FakeGuest(t, { registers: REGISTERS });
  const lost = TABLES + PAGE;
  guest.memory.writeU64(TABLES - RAM, BigInt(lost) | 3n);
  guest.memory.lost.add(lost - RAM);
  for (let touch = 0; touch < 2; touch++) {
    guest.vcpus[0]!.far = 0n;
    guest.late(0, PAGES);
    t.mock.timers.tick(1);
    guest.run(1100);
  }
  assert.deepEqual(
    guest.told.map(({ gpa, source }) => [gpa, source]),
    [
      [PAGES, SOURCE.SEA],
      [lost, SOURCE.GED],
      [PAGES, SOURCE.SEA],
    ],
  );
  assert.equal(guest.ledger.find(lost)?.origin, 'access');
});
