import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { AccessReport, ErrorReport, Report } from '../../../src/ras/sources/report.ts';
import { ErrorSource, type Outcome, OVERDUE, type SourceDelegate } from '../../../src/ras/sources/source.ts';

import { ClockedLog } from './fake-guest.ts';

const BLOCK = 0x100;

interface Options extends Partial<SourceDelegate<Report>> {
  /** The host has no other memory for the block. */
  lost?: () => boolean;
}

/** A source over plain memory that keeps the order of all that happens; time is the test's. */
function bench(t: TestContext, { lost = () => false, ...delegate }: Options = {}) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => t.mock.timers.reset());
  const bytes = new Uint8Array(4096);
  const steps: string[] = [];
  const urgency: boolean[] = [];
  const told: number[] = [];
  const settled: [number, Outcome][] = [];
  const events = new ClockedLog();
  const check = () => {
    if (lost()) throw new Error('EHWPOISON');
  };
  const source = new ErrorSource<Report>({
    id: 7,
    block: BLOCK,
    blockLength: 64,
    events,
    readAck: { clear: () => steps.push('read_ack=0'), awaited: (urgently) => urgency.push(urgently) },
    memory: {
      write: (gpa, data) => {
        check();
        bytes.set(data, gpa);
        steps.push('payload');
      },
      writeU32: (gpa, value) => {
        check();
        new DataView(bytes.buffer).setUint32(gpa, value, true);
        steps.push(gpa === BLOCK ? `block_status=${value}` : 'elsewhere');
      },
      read: (gpa, target) => {
        check();
        target.set(bytes.subarray(gpa, gpa + target.length));
      },
    },
    delegate: {
      encode: ({ id }) => Uint8Array.of(id, 0, 0, 0, 0xaa, 0xbb),
      notify: ({ id }) => {
        told.push(id);
        steps.push('notify');
      },
      settled: ({ id }, outcome) => settled.push([id, outcome]),
      ...delegate,
    },
  });
  t.after(() => source.close());
  return {
    ...{ source, bytes, steps, urgency, told, settled, events },
    kinds: () => events.since(0).map(({ kind }) => kind),
    /** The guest reads the record, and acknowledges it. */
    acknowledge: () => {
      bytes[BLOCK] = 0;
      source.acknowledge(0);
    },
    tick: (ms: number) => {
      for (let i = 0; i < ms; i++) {
        events.ms++;
        t.mock.timers.tick(1);
      }
    },
  };
}

const report = (id: number): ErrorReport => ({
  kind: 'error',
  id,
  gpa: 0,
  size: 4096,
  severity: 'recoverable',
});

test('a record is published in the order: payload, read_ack, block_status, notification', (t) => {
  const { source, steps, bytes } = bench(t);
  source.offer(report(1));
  assert.deepEqual(steps, ['payload', 'read_ack=0', 'block_status=1', 'notify']);
  assert.deepEqual([...bytes.subarray(BLOCK, BLOCK + 6)], [1, 0, 0, 0, 0xaa, 0xbb]);
});

test('the next record waits for the acknowledgement, and each is told once, in order', (t) => {
  const { source, told, acknowledge } = bench(t);
  for (const id of [1, 2, 3]) source.offer(report(id));
  assert.deepEqual(told, [1]);
  assert.equal(source.depth, 2);
  acknowledge();
  assert.deepEqual(told, [1, 2]);
  for (let i = 0; i < 3; i++) acknowledge();
  assert.deepEqual(told, [1, 2, 3]);
  assert.equal(source.busy, false);
});

test('an acknowledgement is urgent from the moment that a report waits for it, and no longer', (t) => {
  const { source, urgency, acknowledge } = bench(t);
  source.offer(report(1));
  assert.deepEqual(urgency.splice(0), [false]);
  source.offer(report(2));
  source.offer(report(3));
  assert.deepEqual(urgency.splice(0), [true, true]);
  acknowledge();
  assert.deepEqual(urgency.splice(0), [true]);
  acknowledge();
  assert.deepEqual(urgency, [false]);
});

test('a record has its whole time, however long the one before it took', (t) => {
  const { source, kinds, acknowledge, tick } = bench(t, { patience: () => 40 });
  source.offer(report(1));
  tick(30);
  acknowledge();
  source.offer(report(2));
  tick(39);
  assert.ok(!kinds().includes('unacknowledged'));
  tick(1);
  assert.ok(kinds().includes('unacknowledged'));
});

test('a stray acknowledgement is nothing', (t) => {
  const { source, kinds } = bench(t);
  source.acknowledge(0);
  assert.deepEqual(kinds(), []);
});

test('a record that the guest never read is withdrawn, and the next one gets its turn', (t) => {
  const { source, told, bytes, settled, tick } = bench(t, { patience: () => 5 });
  source.offer(report(1));
  source.offer(report(2));
  tick(5);
  assert.deepEqual(told, [1, 2]);
  assert.equal(bytes[BLOCK], 2);
  tick(5);
  assert.equal(bytes[BLOCK], 0);
  const withdrawn = { how: 'withdrawn', consumed: false };
  assert.deepEqual(settled, [
    [1, withdrawn],
    [2, withdrawn],
  ]);
});

test('a record that was read has the same time again for its acknowledgement', (t) => {
  const { source, bytes, settled, tick } = bench(t, { patience: () => 5 });
  source.offer(report(1));
  bytes[BLOCK] = 0;
  tick(9);
  assert.deepEqual(settled, []);
  tick(1);
  assert.deepEqual(settled, [[1, { how: 'withdrawn', consumed: true }]]);
});

test('a late acknowledgement is not taken for that of the record behind it, which nobody has read', (t) => {
  const { source, bytes, told, settled, steps, acknowledge, tick } = bench(t, { patience: () => 5 });
  for (const id of [1, 2, 3]) source.offer(report(id));
  tick(5);
  assert.deepEqual(told, [1, 2]);
  steps.length = 0;
  source.acknowledge(0);
  // The register is as it was, for the acknowledgement that is due.
  assert.deepEqual(steps, ['read_ack=0']);
  assert.equal(bytes[BLOCK], 2);
  assert.deepEqual(
    settled.map(([id]) => id),
    [1],
  );
  acknowledge();
  assert.deepEqual(told, [1, 2, 3]);
  assert.deepEqual(settled[1], [2, { how: 'acknowledged' }]);
});

test('a record that nobody reads is announced again, after ever longer pauses, until it is read', (t) => {
  const again: number[] = [];
  const { source, bytes, acknowledge, tick } = bench(t, { renotify: (_, times) => again.push(times) });
  source.offer(report(1));
  tick(999);
  assert.deepEqual(again, []);
  const due = [1000, 3000, 7000, 15_000, 31_000, 61_000, 91_000];
  let now = 999;
  for (const [i, at] of due.entries()) {
    tick(at - 1 - now);
    assert.equal(again.length, i);
    tick(1);
    now = at;
    assert.equal(again.length, i + 1);
  }
  assert.deepEqual(again, [1, 2, 3, 4, 5, 6, 7]);
  bytes[BLOCK] = 0;
  tick(60_000);
  assert.equal(again.length, 7);
  // The next one begins anew.
  acknowledge();
  source.offer(report(2));
  tick(1000);
  assert.equal(again.at(-1), 1);
});

test('a record that may wait for ever is said to wait, once', (t) => {
  const { source, kinds, tick } = bench(t);
  source.offer(report(1));
  tick(OVERDUE);
  tick(OVERDUE);
  assert.deepEqual(
    kinds().filter((kind) => kind === 'unacknowledged'),
    ['unacknowledged'],
  );
});

test('a block that is lost itself does not stop the source', (t) => {
  let lost = true;
  const { source, told, settled } = bench(t, { lost: () => lost });
  source.offer(report(1));
  lost = false;
  source.offer(report(2));
  assert.deepEqual(told, [2]);
  assert.equal(settled[0]![1].how, 'unwritable');
});

test('a reset drops what was published and what waits', (t) => {
  const { source, told, kinds } = bench(t);
  source.offer(report(1));
  source.offer(report(2));
  source.reset();
  assert.deepEqual(told, [1]);
  assert.equal(kinds().filter((kind) => kind === 'dropped').length, 2);
});

test('a record longer than the block is an error of ours, before anything is written', (t) => {
  const { source, steps } = bench(t, { encode: () => new Uint8Array(65) });
  assert.throws(() => source.offer(report(1)), RangeError);
  assert.deepEqual(steps, []);
});

test('a closed source does nothing by itself any more', (t) => {
  const never = () => assert.fail();
  const { source, told, settled, kinds, tick } = bench(t, {
    ...{ patience: () => 5, renotify: never, released: never },
  });
  source.offer(report(1));
  source.offer(report(2));
  source.close();
  tick(60_000);
  assert.deepEqual([told, settled], [[1], []]);
  assert.deepEqual(kinds(), ['queued']);
});

test('an acknowledgement after the end counts, and nothing follows it', (t) => {
  const { source, told, settled, acknowledge, tick } = bench(t, { renotify: () => assert.fail() });
  source.offer(report(1));
  source.offer(report(2));
  source.close();
  acknowledge();
  source.offer(report(3));
  tick(60_000);
  assert.deepEqual(told, [1]);
  assert.deepEqual(settled, [[1, { how: 'acknowledged' }]]);
});

test('a report whose record cannot be made is settled, and the next one gets its turn', (t) => {
  const { source, told, settled, acknowledge } = bench(t, {
    encode: ({ id }) => {
      if (id === 2) throw new Error('EIO');
      return Uint8Array.of(id, 0, 0, 0);
    },
  });
  for (const id of [1, 2, 3]) source.offer(report(id));
  acknowledge();
  assert.deepEqual(told, [1, 3]);
  assert.deepEqual(
    settled.map(([id, { how }]) => [id, how]),
    [
      [1, 'acknowledged'],
      [2, 'unwritable'],
    ],
  );
});

test('a report that waits is given back, and told in its turn when it is offered again', (t) => {
  const back: Report[] = [];
  const { source, told, kinds, acknowledge, tick } = bench(t, { released: (each) => back.push(each) });
  const access: AccessReport = { kind: 'access', id: 2, vcpu: 1, gpa: 0, again: false };
  source.offer(report(1));
  source.offer(access);
  for (const pause of [5, 10, 20]) {
    tick(pause - 1);
    assert.deepEqual(back, []);
    tick(1);
    assert.equal(back.length, 1);
    assert.equal(source.depth, 0);
    source.offer({ ...access, again: back.pop() !== undefined });
  }
  assert.deepEqual(told, [1]);
  acknowledge();
  assert.deepEqual(told, [1, 2]);
  tick(1000);
  assert.deepEqual(back, []);
  assert.equal(kinds().filter((kind) => kind === 'queued').length, 1);
});

test('each record has its own patience', (t) => {
  const { source, kinds, acknowledge, tick } = bench(t, { patience: ({ id }) => (id === 2 ? 5 : 10_000) });
  source.offer(report(1));
  acknowledge();
  source.offer(report(2));
  tick(5);
  assert.ok(kinds().includes('unacknowledged'));
  source.offer(report(3));
  tick(9999);
  assert.equal(source.busy, true);
});

test('its state, as plain data, makes another one go on where it stood', (t) => {
  const first = bench(t, { patience: () => 5 });
  for (const id of [1, 2]) first.source.offer(report(id));
  first.source.offer({ kind: 'access', id: 3, vcpu: 0, gpa: 0, again: false });
  const state = structuredClone(first.source.save());
  // What a vCPU is held for it accesses again.
  assert.deepEqual(
    state.queue.map(({ id }) => id),
    [2],
  );
  t.mock.timers.reset();
  const second = bench(t, { patience: () => 5 });
  second.bytes.set(first.bytes);
  second.source.load(state);
  assert.deepEqual(second.told, []);
  assert.equal(second.source.busy, true);
  second.acknowledge();
  assert.deepEqual(second.told, [2]);
  assert.deepEqual(second.settled, [[1, { how: 'acknowledged' }]]);
});
