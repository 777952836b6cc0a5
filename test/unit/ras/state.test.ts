/** The state of ledger and sources as plain data: a guest goes on with another service as if nothing had been. */

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { PoisonLedger } from '../../../src/ras/errors/ledger.ts';
import { ledgerState } from '../../../src/ras/state/ledger.ts';
import { rasState } from '../../../src/ras/state/service.ts';
import { FakeGuest, PAGE, RAM } from './fake-guest.ts';
import { SOURCE } from './sources.ts';

const FIRST = RAM + 0x1000_0000;
const gpa = (page: number) => FIRST + page * PAGE;

/** As a file would keep it. */
const stored = <T>(state: T): T =>
  JSON.parse(
    JSON.stringify(state, (_, value) => (value instanceof Uint8Array ? [...value] : value)),
    (key, value) => (key === 'bytes' ? Uint8Array.from(value) : value),
  );

test('a ledger keeps every entry, with what the guest knows of each', (t) => {
  const guest = new FakeGuest(t, { hostPageSize: 0x20_0000 });
  guest.late(0, gpa(7), 21);
  guest.run(3);
  guest.ras.expectLoss(gpa(1025), 3 * PAGE, 'late');
  guest.early(gpa(2048));
  const copy = new PoisonLedger();
  copy.load(ledgerState.parse(stored(guest.ledger.save())));
  assert.deepEqual(copy.save(), guest.ledger.save());
  assert.deepEqual(
    [...copy].map(({ id }) => id),
    [...guest.ledger].map(({ id }) => id),
  );
  assert.equal(copy.find(gpa(1027))?.size, 3 * PAGE);
  assert.equal(copy.byId(1)?.toldPages?.has(gpa(7)), true);
  assert.equal(copy.nextId(), guest.ledger.errors + 1);
});

test('a ledger with entries takes no state', () => {
  const ledger = new PoisonLedger();
  ledger.nextId();
  assert.throws(() => ledger.load(new PoisonLedger().save()));
});

test('what was queued, deferred and published is told by another service, once', (t) => {
  const COUNT = 1000;
  const before = new FakeGuest(t);
  before.deaf = true;
  for (let page = 0; page < 10; page++) before.early(gpa(page));
  before.ras.record(before.ledger.nextId(), gpa(0), PAGE, 'corrected');
  for (let page = 10; page < COUNT; page++) before.early(gpa(page));
  const ledger = ledgerState.parse(stored(before.ledger.save()));
  const state = rasState.parse(stored(before.ras.save()));
  before.ras.close();
  mock.timers.reset();

  const after = new FakeGuest(t);
  after.memory.write(after.block(SOURCE.GED) - RAM, before.blockBytes(SOURCE.GED));
  after.ledger.load(ledger);
  after.ras.load(state);
  // The guest had been interrupted already, and looks now.
  after.handle(SOURCE.GED);
  after.run(5000);
  const told = after.told.map((each) => each.gpa);
  assert.equal(told.length, COUNT + 1);
  assert.equal(new Set(told).size, COUNT);
  assert.deepEqual(after.ras.counts(), {
    ...{ total: COUNT + 1, queued: 0, told: 0, acknowledged: COUNT + 1, untold: 0 },
  });
});

test('what is no state of theirs is refused', (t) => {
  const guest = new FakeGuest(t);
  guest.early(gpa(0));
  const ledger = stored(guest.ledger.save());
  const state = stored(guest.ras.save());
  const [page] = ledger.pages;
  for (const wrong of [
    { ...ledger, version: 2 },
    { ...ledger, lastId: 0 },
    { ...ledger, pages: [page, page] },
    { ...ledger, pages: [{ ...page, size: 0 }] },
    { ...ledger, pages: [{ ...page, more: true }] },
  ])
    assert.equal(ledgerState.safeParse(wrong).success, false);
  const [first, ...others] = state.sources!.sources;
  for (const wrong of [
    { ...state, recorded: -1 },
    { ...state, sources: { ...state.sources, sources: [{ ...first, reports: {} }, ...others] } },
    { ...state, sources: { ...state.sources, sources: [{ ...first, source: { queue: [{ kind: 'x' }] } }] } },
  ])
    assert.equal(rasState.safeParse(wrong).success, false);
});
