import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventLog } from '../../../src/events/event-log.ts';
import { ErrorSource, type Report } from '../../../src/ras/sources/source.ts';

const BLOCK = 0x100;

/** A source over plain memory that keeps the order of all that happens. */
function bench(patience?: number) {
  const bytes = new Uint8Array(4096);
  const steps: string[] = [];
  const urgency: boolean[] = [];
  const events = new EventLog();
  const source = new ErrorSource({
    id: 7,
    block: BLOCK,
    blockLength: 64,
    events,
    readAck: { clear: () => steps.push('read_ack=0'), awaited: (urgently) => urgency.push(urgently) },
    memory: {
      write: (gpa, data) => {
        bytes.set(data, gpa);
        steps.push(gpa === BLOCK ? 'block_status' : 'payload');
      },
      read: (gpa, target) => target.set(bytes.subarray(gpa, gpa + target.length)),
    },
  });
  const told: number[] = [];
  const report = (id: number, over: Partial<Report> = {}): Report => ({
    id,
    record: () => Uint8Array.of(id, 0, 0, 0, 0xaa, 0xbb),
    notify: () => {
      told.push(id);
      steps.push('notify');
    },
    unwritable: () => steps.push('unwritable'),
    ...(patience === undefined ? {} : { patience }),
    ...over,
  });
  const kinds = () => events.since(0).map(({ kind }) => kind);
  return { source, bytes, steps, urgency, told, events, report, kinds };
}

test('a record is published in the order: payload, read_ack, block_status, notification', () => {
  const { source, steps, bytes, report } = bench();
  source.offer(report(1));
  assert.deepEqual(steps, ['payload', 'read_ack=0', 'block_status', 'notify']);
  assert.deepEqual([...bytes.subarray(BLOCK, BLOCK + 6)], [1, 0, 0, 0, 0xaa, 0xbb]);
});

test('the next record waits for the acknowledgement, and each is told once, in order', () => {
  const { source, told, report } = bench();
  for (const id of [1, 2, 3]) source.offer(report(id));
  assert.deepEqual(told, [1]);
  assert.equal(source.depth, 2);
  source.acknowledge(0);
  assert.deepEqual(told, [1, 2]);
  source.acknowledge(0);
  source.acknowledge(0);
  source.acknowledge(0);
  assert.deepEqual(told, [1, 2, 3]);
  assert.equal(source.busy, false);
});

test('an acknowledgement is urgent from the moment that a report waits for it, and no longer', () => {
  const { source, urgency, report } = bench();
  source.offer(report(1));
  assert.deepEqual(urgency.splice(0), [false]);
  source.offer(report(2));
  source.offer(report(3));
  assert.deepEqual(urgency.splice(0), [true, true]);
  source.acknowledge(0);
  assert.deepEqual(urgency.splice(0), [true]);
  source.acknowledge(0);
  assert.deepEqual(urgency, [false]);
});

test('a record has its whole time, however long the one before it took', async () => {
  const { source, report, kinds } = bench(40);
  source.offer(report(1));
  await sleep(30);
  source.acknowledge(0);
  source.offer(report(2));
  await sleep(25);
  assert.ok(!kinds().includes('unacknowledged'));
  await sleep(60);
  assert.ok(kinds().includes('unacknowledged'));
});

test('a stray acknowledgement is nothing', () => {
  const { source, kinds } = bench();
  source.acknowledge(0);
  assert.deepEqual(kinds(), []);
});

test('a record that the guest never read is withdrawn, and the next one gets its turn', async () => {
  const { source, told, bytes, report, kinds } = bench(5);
  let consumed: boolean | undefined;
  source.offer(
    report(1, {
      unacknowledged: (was) => {
        consumed = was;
      },
    }),
  );
  source.offer(report(2));
  // Both have had their time, however late their timers come.
  for (const end = Date.now() + 5000; told.length < 2 || bytes[BLOCK] !== 0; ) {
    assert.ok(Date.now() < end, 'they are not withdrawn');
    await sleep(5);
  }
  assert.equal(consumed, false);
  assert.deepEqual(told.slice(0, 2), [1, 2]);
  assert.ok(kinds().includes('unacknowledged'));
  assert.equal(bytes[BLOCK], 0);
});

test('a record that the guest has read but not acknowledged counts as read', async () => {
  const { source, bytes, report } = bench(5);
  let consumed: boolean | undefined;
  source.offer(
    report(1, {
      unacknowledged: (was) => {
        consumed = was;
      },
    }),
  );
  bytes[BLOCK] = 0;
  await sleep(30);
  assert.equal(consumed, true);
});

test('a block that is lost itself does not stop the source', () => {
  const events = new EventLog();
  let lost = true;
  const source = new ErrorSource({
    id: 0,
    block: 0,
    blockLength: 64,
    events,
    readAck: { clear: () => {}, awaited: () => {} },
    memory: {
      write: () => {
        if (lost) throw new Error('EHWPOISON');
      },
      read: () => {},
    },
  });
  const steps: string[] = [];
  const report = (id: number): Report => ({
    id,
    record: () => new Uint8Array(8),
    notify: () => steps.push(`notify ${id}`),
    unwritable: () => steps.push(`unwritable ${id}`),
  });
  source.offer(report(1));
  lost = false;
  source.offer(report(2));
  assert.deepEqual(steps, ['unwritable 1', 'notify 2']);
});

test('a reset drops what was published and what waits', () => {
  const { source, told, report, kinds } = bench();
  source.offer(report(1));
  source.offer(report(2));
  source.reset();
  source.offer(report(3));
  assert.deepEqual(told, [1, 3]);
  assert.equal(kinds().filter((kind) => kind === 'dropped').length, 2);
});

test('a record longer than the block is an error of ours, before anything is written', () => {
  const { source, steps, report } = bench();
  assert.throws(() => source.offer(report(1, { record: () => new Uint8Array(65) })), RangeError);
  assert.deepEqual(steps, []);
});

test('a closed source does nothing by itself any more', async () => {
  const { source, told, report, kinds } = bench(5);
  let retried = 0;
  source.offer(report(1, { unacknowledged: () => assert.fail() }));
  source.offer(report(2, { retry: () => retried++ }));
  source.close();
  await sleep(30);
  assert.deepEqual(told, [1]);
  assert.equal(retried, 0);
  assert.deepEqual(kinds(), ['queued']);
});

test('a report that waits is given back, and told in its turn when it is offered again', async () => {
  const { source, told, report, kinds } = bench();
  let waiting: Report | undefined;
  const second = (again: boolean): Report => report(2, { again, retry: () => (waiting = second(true)) });
  source.offer(report(1));
  source.offer(second(false));
  for (let round = 0; round < 3; round++) {
    while (waiting === undefined) await sleep(2);
    assert.equal(source.depth, 0);
    const back: Report = waiting;
    waiting = undefined;
    source.offer(back);
  }
  assert.deepEqual(told, [1]);
  source.acknowledge(0);
  assert.deepEqual(told, [1, 2]);
  await sleep(30);
  assert.equal(waiting, undefined);
  assert.equal(kinds().filter((kind) => kind === 'queued').length, 1);
});

test('each record has its own patience', async () => {
  const { source, report, kinds } = bench();
  source.offer(report(1, { patience: 10_000 }));
  source.acknowledge(0);
  source.offer(report(2, { patience: 5 }));
  await sleep(40);
  assert.ok(kinds().includes('unacknowledged'));
  source.offer(report(3, { patience: 10_000 }));
  await sleep(40);
  assert.equal(source.busy, true);
  source.close();
});
