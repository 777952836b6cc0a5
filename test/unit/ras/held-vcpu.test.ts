/** vCPUs that stand on lost pages while another one's record is not acknowledged. */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { SEA_PATIENCE } from '../../../src/ras/notify/sea.ts';
import { RETRY_WINDOW } from '../../../src/ras/sources/synchronous.ts';
import { FakeGuest, PAGE, RAM } from './fake-guest.ts';
import { SOURCE } from './sources.ts';

const FIRST = RAM + 0x1000_0000;
const SECOND = FIRST + PAGE;
const PROCESS = { PSTATE: 0n };
const KERNEL = { PSTATE: 5n };

/** Two vCPUs on a lost page each; the guest does not look. */
function held(t: TestContext, vcpus = 2): FakeGuest {
  const guest = new FakeGuest(t, { vcpus, registers: PROCESS });
  guest.deaf = true;
  guest.late(0, FIRST);
  guest.late(1, SECOND);
  return guest;
}

test('a vCPU that was let run and comes back with the same access is no new error', (t) => {
  const guest = held(t);
  for (let round = 0; round < 5; round++) {
    while (guest.kinds('retried').length === round) guest.run(1);
    guest.late(1, SECOND);
  }
  guest.deaf = false;
  guest.handle(SOURCE.SEA);
  guest.run(10);
  assert.deepEqual(
    guest.told.map(({ gpa }) => gpa),
    [FIRST, SECOND],
  );
  assert.equal(guest.kinds('attributed').length, 2);
  assert.equal(guest.kinds('signal').length, 2);
});

test('a thread that goes to another vCPU meanwhile takes its error along', (t) => {
  const guest = held(t, 3);
  for (const vcpu of [2, 1, 2]) {
    const before = guest.kinds('retried').length;
    while (guest.kinds('retried').length === before) guest.run(1);
    guest.late(vcpu, SECOND);
  }
  guest.deaf = false;
  guest.handle(SOURCE.SEA);
  guest.run(10);
  assert.deepEqual(
    guest.told.map(({ gpa }) => gpa),
    [FIRST, SECOND],
  );
  assert.equal(guest.kinds('attributed').length, 2);
  assert.equal(guest.kinds('notified').at(-1)?.vcpu, 2);
});

test('an access long after is a new one', (t) => {
  const guest = held(t);
  while (guest.kinds('retried').length === 0) guest.run(1);
  guest.run(RETRY_WINDOW);
  guest.late(1, SECOND);
  assert.equal(guest.kinds('attributed').length, 2);
  while (guest.kinds('retried').length === 1) guest.run(1);
  guest.run(RETRY_WINDOW + 1);
  guest.late(1, SECOND);
  assert.equal(guest.kinds('attributed').length, 3);
});

test('an access to another page is a new error, whoever was let run', (t) => {
  const guest = held(t);
  while (guest.kinds('retried').length === 0) guest.run(1);
  guest.late(1, SECOND + PAGE);
  assert.equal(guest.kinds('attributed').length, 3);
});

test('a page whose SEA was not looked at is reported by the other source, unless it was already', (t) => {
  const guest = new FakeGuest(t, { registers: KERNEL });
  guest.deaf = true;
  guest.late(0, FIRST);
  guest.run(SEA_PATIENCE.kernel);
  assert.deepEqual(
    guest.kinds('notified').map(({ notification }) => notification),
    ['SEA', 'GSIV'],
  );
  guest.deaf = false;
  guest.handle(SOURCE.GED);
  guest.deaf = true;
  guest.late(0, FIRST);
  guest.run(SEA_PATIENCE.kernel);
  assert.deepEqual(
    guest.kinds('notified').map(({ notification }) => notification),
    ['SEA', 'GSIV', 'SEA'],
  );
});

test('a page that the guest has acknowledged and accesses again at once is reported once, and no vCPU stays behind', (t) => {
  const guest = new FakeGuest(t, { registers: PROCESS });
  guest.late(0, FIRST);
  guest.run(5);
  assert.equal(guest.told.length, 1);
  const resumed = guest.vcpus[0]!.resumed;
  for (let round = 1; round <= 6; round++) {
    guest.late(0, FIRST + 8);
    while (guest.vcpus[0]!.resumed < resumed + round) guest.run(1);
  }
  assert.equal(guest.told.length, 1);
  assert.equal(guest.kinds('attributed').length, 1);
  assert.deepEqual(
    guest.kinds('known').map(({ timing }) => timing),
    ['late'],
  );
  // The page beside it is another one; and one that is still in use after a second is reported again.
  guest.late(0, SECOND);
  guest.run(1000);
  guest.late(0, FIRST);
  guest.run(5);
  assert.deepEqual(
    guest.told.map(({ gpa }) => gpa),
    [FIRST, SECOND, FIRST],
  );
  assert.equal(guest.ledger.find(FIRST)?.stillInUse, true);
});

for (const [what, lsb, size] of [
  ['2 MiB', 21, 0x20_0000],
  ['1 GiB', 30, 0x4000_0000],
] as const) {
  test(`of a huge page of ${what} the page whose SEA was not looked at is reported by the other source`, (t) => {
    const guest = new FakeGuest(t, { hostPageSize: size, registers: KERNEL });
    const accessed = RAM + 0x4000_0000 + 5 * PAGE;
    guest.deaf = true;
    guest.late(0, accessed, lsb);
    guest.run(SEA_PATIENCE.kernel);
    guest.deaf = false;
    guest.handle(SOURCE.GED);
    guest.run(5000);
    const early = guest.told.filter(({ source }) => source === SOURCE.GED).map(({ gpa }) => gpa);
    assert.equal(early.filter((gpa) => gpa === accessed).length, 1);
    assert.equal(early.length, what === '2 MiB' ? 512 : 1);
  });
}

test('an interrupt that is lost on the way is sent again, and the error is told once', (t) => {
  const guest = new FakeGuest(t);
  guest.losesEdges = true;
  guest.early(FIRST);
  guest.early(SECOND);
  guest.run(5000);
  assert.deepEqual([guest.told.length, guest.pulses], [0, 3]);
  assert.deepEqual(
    guest.kinds('renotified').map(({ source, times }) => [source, times]),
    [
      [SOURCE.GED, 1],
      [SOURCE.GED, 2],
    ],
  );
  guest.losesEdges = false;
  guest.run(5000);
  assert.deepEqual(
    guest.told.map(({ gpa }) => gpa),
    [FIRST, SECOND],
  );
});
