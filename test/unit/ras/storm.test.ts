/** Errors by the thousand: each is told, once for each way it must be, in order, and at a pace that the guest can follow. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QUEUE_LIMIT } from '../../../src/ras/sources/asynchronous.ts';
import { FakeGuest, PAGE, RAM } from './fake-guest.ts';
import { SOURCE } from './sources.ts';

const COUNT = 10_000;
const FIRST = RAM + 0x1000_0000;
const gpa = (page: number) => FIRST + page * PAGE;
const all = (count: number, from = 0) => Array.from({ length: count }, (_, i) => gpa(from + i));

test('10,000 pages that are lost at once are told once, in order, and the guest’s own queue holds them', (t) => {
  const guest = new FakeGuest(t, { latency: 3, perPage: 1 });
  for (const each of all(COUNT)) guest.early(each);
  let deepest = 0;
  for (let i = 0; guest.told.length < COUNT; i++) {
    assert.ok(i < COUNT, 'it takes too long');
    guest.run(10);
    deepest = Math.max(deepest, guest.ras.counts().queued);
  }
  guest.run(100);
  assert.deepEqual(
    guest.told.map((told) => told.gpa),
    all(COUNT),
  );
  assert.equal(guest.dropped, 0);
  assert.deepEqual(guest.offlined, all(COUNT));
  assert.ok(guest.records < COUNT / 7, `${guest.records} records`);
  assert.deepEqual(guest.ras.counts(), {
    total: COUNT,
    queued: 0,
    told: 0,
    acknowledged: COUNT,
    untold: 0,
  });
  // Of 50,000 events the last are kept.
  assert.ok(guest.events.since(0, Infinity).length <= 16_384);
  // Those that the queue had no room for were announced by the flag, and by nothing that comes later.
  const flags = guest.told.map(({ overflow }) => overflow);
  assert.equal(flags[0], false);
  assert.ok(flags.lastIndexOf(true) > COUNT - 2 * QUEUE_LIMIT && flags.at(-1) === false);
});

test('each error’s own events tell its story, whatever record it shares', (t) => {
  const guest = new FakeGuest(t);
  for (const each of all(20)) guest.early(each);
  guest.run(100);
  for (const page of guest.ledger) {
    const story = guest.events.since(0).filter((event) => 'id' in event && event.id === page.id);
    const kinds = story.map(({ kind }) => kind).filter((kind) => kind !== 'queued');
    assert.deepEqual(kinds, ['attributed', 'recorded', 'notified', 'acknowledged']);
    assert.equal(page.acknowledged, 1);
  }
});

test('on eight vCPUs, early and late mixed: a page is told late once a touch, and early once if it was not', (t) => {
  const guest = new FakeGuest(t, { vcpus: 8, latency: 1 });
  const late: number[] = [];
  const early: number[] = [];
  for (let page = 0; page < 2000; page++) {
    if (page % 4 === 0) {
      late.push(gpa(page));
      const vcpu = (page / 4) % 8;
      // A vCPU that waits touches nothing else.
      while (guest.vcpus[vcpu]!.resumed < Math.floor(page / 32)) guest.run(1);
      guest.late(vcpu, gpa(page));
    } else {
      early.push(gpa(page));
      guest.early(gpa(page));
    }
  }
  guest.run(10_000);
  const of = (source: number) => guest.told.filter((told) => told.source === source).map((told) => told.gpa);
  assert.deepEqual(of(SOURCE.GED), early);
  assert.deepEqual(of(SOURCE.SEA).sort(), late.sort());
  assert.equal(
    guest.vcpus.reduce((sum, { resumed }) => sum + resumed, 0) - guest.kinds('retried').length,
    late.length,
  );
});

test('what the host tells twice, or late of what was told, is not told early again', (t) => {
  const guest = new FakeGuest(t);
  guest.late(0, gpa(0));
  guest.run(10);
  guest.early(gpa(0));
  guest.early(gpa(1));
  guest.early(gpa(1));
  guest.run(100);
  assert.deepEqual(
    guest.told.map((told) => [told.gpa, told.source]),
    [
      [gpa(0), SOURCE.SEA],
      [gpa(1), SOURCE.GED],
    ],
  );
});

for (const guestPageSize of [4096, 16384, 65536]) {
  test(`a lost huge page is told whole, each page of ${guestPageSize} bytes once`, (t) => {
    const guest = new FakeGuest(t, { guestPageSize, hostPageSize: 0x20_0000 });
    guest.early(FIRST + 5 * PAGE, 21);
    guest.run(2000);
    const pages = 0x20_0000 / guestPageSize;
    assert.deepEqual(
      guest.told.map((told) => told.gpa),
      Array.from({ length: pages }, (_, i) => FIRST + i * guestPageSize),
    );
    assert.equal(guest.told[0]!.mask, BigInt.asUintN(64, -BigInt(guestPageSize)));
    assert.ok(guest.records <= pages / 8);
    assert.equal(guest.dropped, 0);
  });
}

test('contiguous pages of the host are lost as one, and told as many', (t) => {
  const guest = new FakeGuest(t, { hostPageSize: 0x20_0000 });
  guest.early(FIRST + 3 * PAGE, 16);
  guest.run(200);
  assert.deepEqual(
    guest.told.map((told) => told.gpa),
    all(16),
  );
  assert.equal(guest.records, 2);
  assert.equal(guest.ledger.find(gpa(15))?.size, 0x1_0000);
});

test('of a huge page that is touched the touched page is told late, and the others early', (t) => {
  const guest = new FakeGuest(t, { hostPageSize: 0x20_0000 });
  const touched = FIRST + 7 * PAGE;
  guest.late(0, touched, 21);
  guest.run(2000);
  guest.early(FIRST, 21);
  guest.run(2000);
  assert.deepEqual([guest.told[0]!.gpa, guest.told[0]!.source], [touched, SOURCE.SEA]);
  // The events of what was touched are not among those of the others.
  const notified = guest.kinds('notified').map(({ notification }) => notification);
  assert.deepEqual(notified.slice(0, 2), ['SEA', 'GSIV']);
  assert.deepEqual(
    guest.told.slice(1).map((told) => told.gpa),
    all(512).filter((each) => each !== touched),
  );
});

test('a page that the guest knows is not told again with the huge page that it is a part of', (t) => {
  const guest = new FakeGuest(t, { hostPageSize: 0x20_0000 });
  guest.early(gpa(3));
  guest.run(100);
  guest.early(FIRST, 21);
  guest.run(2000);
  assert.deepEqual(
    guest.told.map((told) => told.gpa),
    [gpa(3), ...all(512).filter((each) => each !== gpa(3))],
  );
});

test('of a lost huge page of 1 GiB the page that failed is told, and what is touched', (t) => {
  const guest = new FakeGuest(t, { hostPageSize: 0x4000_0000 });
  const base = RAM + 0x4000_0000;
  guest.early(base + 9 * PAGE, 30);
  guest.run(100);
  guest.late(0, base + 11 * PAGE, 30);
  guest.run(1000);
  assert.deepEqual(
    guest.told.map(({ gpa: at, mask, source }) => [at, mask, source]),
    [
      [base + 9 * PAGE, 0xffff_ffff_c000_0000n, SOURCE.GED],
      [base + 11 * PAGE, 0xffff_ffff_c000_0000n, SOURCE.SEA],
    ],
  );
});

test('a range that starts at any page is lost as it is, and told whole', (t) => {
  const guest = new FakeGuest(t);
  guest.ras.expectLoss(gpa(1), 3 * PAGE, 'early');
  guest.ras.lostEarly(gpa(1), 3 * PAGE, 'injection');
  guest.run(100);
  assert.deepEqual(
    guest.told.map((told) => told.gpa),
    all(3, 1),
  );
  assert.equal(guest.ledger.find(gpa(0)), undefined);
  assert.equal(guest.ledger.find(gpa(3))?.size, 3 * PAGE);
});

test('a guest that does not acknowledge: that is said once, nothing is lost, and it goes on when it does', (t) => {
  const guest = new FakeGuest(t);
  guest.deaf = true;
  for (const each of all(1000)) guest.early(each);
  guest.run(30_000);
  const said = guest.kinds('unacknowledged');
  assert.deepEqual(
    said.map(({ consumed, waits }) => [consumed, waits]),
    [[false, 999]],
  );
  assert.throws(() => guest.ras.record(1, gpa(0), PAGE, 'corrected'), { code: 'CONTROL' });
  guest.deaf = false;
  guest.handle(SOURCE.GED);
  guest.run(3000);
  assert.deepEqual(
    guest.told.map((told) => told.gpa),
    all(1000),
  );
});

test('a reset drops what waits, each once', (t) => {
  const guest = new FakeGuest(t);
  guest.deaf = true;
  for (const each of all(1000)) guest.early(each);
  guest.ras.reset();
  const dropped = guest.kinds('dropped').map(({ id }) => id);
  assert.deepEqual([...new Set(dropped)].length, dropped.length);
  assert.equal(dropped.length, 1000);
  assert.equal(guest.ledger.size, 0);
  guest.run(1000);
  assert.equal(guest.told.length, 0);
});

test('the page map is read a few times in a storm of signals, and at last once more', (t) => {
  const guest = new FakeGuest(t);
  for (const each of all(1000)) {
    guest.early(each);
    guest.run(1);
  }
  assert.ok(guest.memory.scans <= 1000 / 20, `${guest.memory.scans} scans`);
  const before = guest.memory.scans;
  guest.early(gpa(1000));
  guest.memory.lost.add(gpa(1001) - RAM);
  guest.run(1000);
  assert.ok(guest.memory.scans <= before + 2);
  assert.equal(guest.told.at(-1)!.gpa, gpa(1001));
});

test('of pages that were lost on purpose, a look at the page map tells those alone that wait for a signal', (t) => {
  const guest = new FakeGuest(t);
  for (const [i, tell] of (['early', 'late', 'early'] as const).entries()) {
    guest.ras.expectLoss(gpa(i), PAGE, tell);
    guest.memory.lost.add(gpa(i) - RAM);
  }
  guest.early(gpa(2));
  guest.run(100);
  guest.ras.scanSoon();
  guest.run(100);
  assert.deepEqual(
    guest.told.map((told) => told.gpa),
    [gpa(2), gpa(0)],
  );
  const found = guest.kinds('found').map(({ hva }) => hva);
  assert.deepEqual(found, [guest.memory.hva + gpa(0) - RAM]);
});
