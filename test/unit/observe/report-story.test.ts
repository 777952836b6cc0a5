import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RasEvent } from '../../../src/events/event.ts';
import { ReportStories, type ReportStory } from '../../../src/observe/report-story.ts';
import { fakeService, RAM_BASE } from '../ras/fake-service.ts';
import { SOURCE } from '../ras/sources.ts';

const PAGE = RAM_BASE + 0x10_0000;

/** A service whose reports are put together, and what became of them. */
function bench(options: Parameters<typeof fakeService>[0] = {}) {
  const guest = fakeService(options);
  const ended: [end: string, story: ReportStory, last: RasEvent][] = [];
  const stories = new ReportStories({ ended: (story, end, last) => ended.push([end, { ...story }, last]) });
  guest.events.subscribe((event) => stories.take(event));
  const told = () => {
    guest.events.flush();
    return ended.map(([end, { id, timing, vcpu, notification }]) => [end, id, timing, vcpu, notification]);
  };
  return { ...guest, stories, ended, told };
}

test('a touch has one story: from the signal to the acknowledgement, in the order of the steps', () => {
  const { touch, acknowledge, told, ended, stories } = bench();
  touch(PAGE, 3);
  acknowledge(SOURCE.SEA);
  assert.deepEqual(told(), [['acknowledged', 1, 'late', 3, 'SEA']]);
  const [, story] = ended[0]!;
  assert.ok(story.begun <= story.recorded! && story.recorded! <= story.notified!);
  assert.deepEqual([story.gpa, story.size, story.origin, story.source], [PAGE, 4096, 'signal', SOURCE.SEA]);
  assert.equal(stories.open, 0);
});

test('two vCPUs on one page have a story each, in the order in which they are told', () => {
  const { touch, acknowledge, told, stories } = bench();
  touch(PAGE, 0);
  touch(PAGE, 1);
  acknowledge(SOURCE.SEA);
  acknowledge(SOURCE.SEA);
  assert.deepEqual(told(), [
    ['acknowledged', 1, 'late', 0, 'SEA'],
    ['acknowledged', 1, 'late', 1, 'SEA'],
  ]);
  assert.equal(stories.open, 0);
});

test('a page told early that waits and is touched meanwhile keeps both stories apart', () => {
  const { early, touch, acknowledge, told, stories, ras } = bench();
  early(PAGE + 4096);
  early(PAGE);
  touch(PAGE, 2);
  acknowledge(SOURCE.SEA);
  assert.deepEqual(told(), [['acknowledged', 2, 'late', 2, 'SEA']]);
  acknowledge(SOURCE.GED);
  acknowledge(SOURCE.GED);
  assert.deepEqual(told().slice(1), [
    ['acknowledged', 1, 'early', undefined, 'GSIV'],
    ['acknowledged', 2, 'early', undefined, 'GSIV'],
  ]);
  assert.equal(stories.open, 0);
  ras.close();
});

test('a second early signal about a page that was told is no story', () => {
  const { early, acknowledge, told, stories, ras } = bench();
  early(PAGE);
  early(PAGE);
  acknowledge(SOURCE.GED);
  assert.deepEqual(told(), [['acknowledged', 1, 'early', undefined, 'GSIV']]);
  assert.equal(stories.open, 0);
  ras.close();
});

test('without records a story ends as its vCPU is told, or at once', () => {
  const { early, touch, told, ended, stories, ras } = bench({ records: false });
  touch(PAGE, 1);
  early(PAGE + 4096);
  assert.deepEqual(told(), [
    ['unrecorded', 1, 'late', 1, 'SEA'],
    ['unrecorded', 2, 'early', undefined, undefined],
  ]);
  assert.equal(ended[0]![1].reason, 'no record could be written');
  assert.equal(stories.open, 0);
  ras.close();
});

test('a record alone has a story', () => {
  const { ras, ledger, events, acknowledge, told } = bench();
  const id = ledger.nextId();
  events.emit('injected', { id, gpa: PAGE, size: 4096, via: 'record', tell: 'early' });
  ras.record(id, PAGE, 4096, 'corrected');
  acknowledge(SOURCE.GED);
  assert.deepEqual(told(), [['acknowledged', 1, 'early', undefined, 'GSIV']]);
});

test('what is not acknowledged ends so; told in the other way it is a story of its own, of the same page', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { touch, acknowledge, told, ended, stories, pass } = bench();
  touch(PAGE, 0);
  pass(t, 20_000);
  acknowledge(SOURCE.GED);
  assert.deepEqual(told(), [
    ['unacknowledged', 1, 'late', 0, 'SEA'],
    ['acknowledged', 1, 'early', undefined, 'GSIV'],
  ]);
  assert.equal(ended[1]![1].gpa, PAGE);
  assert.equal(stories.open, 0);
});

test('a reset and the end of the machine leave no story open', () => {
  const reset = bench();
  reset.early(PAGE);
  reset.touch(PAGE + 4096, 0);
  reset.touch(PAGE + 8192, 1);
  reset.ras.reset();
  assert.deepEqual(
    reset.told().map(([end, id]) => [end, id]),
    [
      ['dropped', 2],
      ['dropped', 3],
      ['dropped', 1],
    ],
  );
  assert.equal(reset.stories.open, 0);

  const stopped = bench();
  stopped.touch(PAGE, 0);
  stopped.touch(PAGE, 1);
  stopped.ras.close();
  stopped.events.emit('machine.stopped', { reason: 'panic', status: 3 });
  assert.deepEqual(stopped.told(), [
    ['unanswered', 1, 'late', 0, 'SEA'],
    ['unanswered', 1, 'late', 1, undefined],
  ]);
  assert.equal(stopped.stories.open, 0);
});

test('a vCPU that was let run and met another page leaves nothing behind', async () => {
  const { touch, acknowledge, told, stories, ras } = bench();
  touch(PAGE, 0);
  const held = touch(PAGE + 4096, 1);
  while (held.resumed === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  touch(PAGE + 8192, 1);
  acknowledge(SOURCE.SEA);
  acknowledge(SOURCE.SEA);
  assert.deepEqual(
    told().map(([end, id, , vcpu]) => [end, id, vcpu]),
    [
      ['acknowledged', 1, 0],
      ['acknowledged', 3, 1],
    ],
  );
  assert.equal(stories.open, 0);
  ras.close();
});

test('a vCPU that is told nothing has its story end when it goes on, stands still, or with the machine', () => {
  const { events, told, stories } = bench();
  const meet = (id: number, vcpu: number) => {
    const page = { id, owner: 'guest-ram', hva: 0, gpa: PAGE, size: 4096, vcpu } as const;
    events.emit('attributed', { ...page, timing: 'late', origin: 'signal' });
    events.emit('unrecorded', { id, reason: 'policy' });
  };
  meet(1, 0);
  meet(2, 1);
  meet(1, 0);
  events.emit('machine.halted', { id: 2, gpa: PAGE, vcpu: 1 });
  events.emit('machine.stopped', { reason: 'end', status: 0 });
  assert.deepEqual(
    told().map(([end, id, , vcpu]) => [end, id, vcpu]),
    [
      ['unrecorded', 1, 0],
      ['unrecorded', 2, 1],
      ['unrecorded', 1, 0],
    ],
  );
  assert.equal(stories.open, 0);
});

test('a report that is deferred, and queued later, is one story', () => {
  const { events, told, stories } = bench();
  const page = { id: 1, owner: 'guest-ram', hva: 0, gpa: PAGE, size: 4096, origin: 'scan' } as const;
  events.emit('attributed', { ...page, timing: 'early' });
  events.emit('deferred', { id: 1, source: 1, waits: 4 });
  events.emit('queued', { id: 1, source: 1, depth: 1 });
  events.emit('recorded', { id: 1, source: 1, block: 0, severity: 'recoverable' });
  events.emit('notified', { id: 1, source: 1, notification: 'GSIV' });
  events.emit('unacknowledged', { id: 1, source: 1, after: 10e9, consumed: false, waits: 0 });
  assert.deepEqual(told(), []);
  events.emit('acknowledged', { id: 1, source: 1, after: 11e9 });
  assert.deepEqual(told(), [['acknowledged', 1, 'early', undefined, 'GSIV']]);
  assert.equal(stories.open, 0);
});

test('a large loss takes several records: a story of each, all of the same memory', () => {
  const { events, ended, stories } = bench();
  const page = { id: 1, owner: 'guest-ram', hva: 0, gpa: PAGE, size: 0x20_0000, origin: 'signal' } as const;
  events.emit('attributed', { ...page, timing: 'early' });
  for (let record = 0; record < 3; record++) {
    events.emit('recorded', { id: 1, source: 1, block: 0, severity: 'recoverable', pages: 170 });
    events.emit('notified', { id: 1, source: 1, notification: 'GSIV' });
    events.emit('acknowledged', { id: 1, source: 1, after: 1 });
  }
  events.flush();
  assert.deepEqual(
    ended.map(([end, { gpa, size, notification }]) => [end, gpa, size, notification]),
    Array.from({ length: 3 }, () => ['acknowledged', PAGE, 0x20_0000, 'GSIV']),
  );
  assert.equal(stories.open, 0);
});

test('an abort on request, of no lost page, is no story', () => {
  const { events, told, stories } = bench();
  events.emit('notified', { id: 1, notification: 'SEA', vcpu: 0 });
  assert.deepEqual(told(), []);
  assert.equal(stories.open, 0);
});
