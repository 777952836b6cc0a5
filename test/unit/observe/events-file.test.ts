import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventLog } from '../../../src/events/event-log.ts';
import { EventsFile, openEventsFile } from '../../../src/observe/events-file.ts';

function path(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'rasvm-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'events');
}

/** A disk that fails, or takes a part, as told for each write. */
function disk(...answers: (number | Error | undefined)[]) {
  let text = '';
  const file = {
    async write(bytes: Buffer, from: number) {
      await sleep(1);
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      const taken = bytes.subarray(from, from + (answer ?? bytes.length));
      text += taken.toString();
      return { bytesWritten: taken.length, buffer: bytes };
    },
    async close() {},
  };
  return { file: file as unknown as ConstructorParameters<typeof EventsFile>[0], text: () => text };
}

const FULL = new Error('ENOSPC: no space left on device, write');

test('each event is a line of JSON behind what was there, written without an end of the machine', async (t) => {
  const file = path(t);
  writeFileSync(file, '{"before":1}\n');
  const events = new EventLog(0n);
  const written = new EventsFile(await openEventsFile(file), events, assert.fail);
  events.emit('notified', { id: 1, notification: 'SEA', esr: 0x9200_0010n }, 5);
  events.emit('renewed', { id: 1, gpa: 4096, size: 4096 }, 6);
  events.flush();
  const lines = () => readFileSync(file, 'utf8').trimEnd().split('\n');
  for (const until = Date.now() + 5000; lines().length < 3; await sleep(5)) assert.ok(Date.now() < until);
  assert.deepEqual(
    lines().map((line) => JSON.parse(line)),
    [
      { before: 1 },
      { seq: 1, time: 5, kind: 'notified', id: 1, notification: 'SEA', esr: '0x92000010' },
      { seq: 2, time: 6, kind: 'renewed', id: 1, gpa: 4096, size: 4096 },
    ],
  );
  events.emit('machine.stopped', { reason: 'end', status: 0 });
  events.flush();
  await written.close();
  assert.equal(JSON.parse(lines()[3]!).kind, 'machine.stopped');
});

test('a full disk is one warning, and lines that come later are whole', async () => {
  const { file, text } = disk(10, FULL, FULL, undefined, 7);
  const events = new EventLog(0n);
  const warnings: string[] = [];
  const written = new EventsFile(file, events, (message) => warnings.push(message));
  for (let id = 1; id <= 4; id++) {
    events.emit('renewed', { id, gpa: 0, size: 4096 }, id);
    events.flush();
    await sleep(20);
  }
  await written.close();
  assert.deepEqual(warnings, [`--events: events are missing from the file: ${FULL.message}`]);
  const [torn, ...whole] = text().trimEnd().split('\n');
  assert.equal(torn, '{"seq":1,"');
  assert.deepEqual(
    whole.map((line) => JSON.parse(line).id),
    [3, 4],
  );
});

test('a disk that stands still holds nobody up, and costs no more than so much memory', async () => {
  const events = new EventLog(0n);
  const warnings: string[] = [];
  const file = { write: () => new Promise(() => {}), close: async () => {} };
  const written = new EventsFile(file as never, events, (message) => warnings.push(message));
  const message = 'x'.repeat(2 ** 20);
  for (let count = 0; count < 20; count++) events.emit('machine.warning', { message });
  events.flush();
  assert.deepEqual(warnings, ['--events: events are missing from the file: it is written too slowly']);
  const before = performance.now();
  await written.close();
  assert.ok(performance.now() - before < 10_000);
});

test('a file that cannot be written is told before anything runs', async (t) => {
  await assert.rejects(openEventsFile(join(path(t), 'no', 'such')), { code: 'FILE', message: /^--events: / });
});

test('an error whose page is touched in a loop does not fill the file, and others are not left out', async (t) => {
  const file = path(t);
  const events = new EventLog(0n);
  const written = new EventsFile(await openEventsFile(file), events, assert.fail);
  const touch = (id: number, time: number) => {
    events.emit('signal', { code: 'BUS_MCEERR_AR', hva: 4096 * id, size: 4096, vcpu: 0 }, time);
    events.emit('known', { id, gpa: 0, timing: 'late' }, time);
  };
  for (let i = 0; i < 5000; i++) touch(1, i);
  touch(2, 5000);
  events.emit('machine.reset', { count: 1 }, 5001);
  for (let i = 0; i < 10; i++) touch(1, 60e9 + i);
  events.flush();
  await written.close();
  const lines = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const of = (id: number) => lines.filter((line) => line.id === id);
  assert.deepEqual([of(1).length, of(2).length, lines.length], [510, 1, 1 + 2 * 511]);
  assert.match(of(1)[499].leavesOut, /within a minute/);
  assert.equal(of(1).filter(({ leavesOut }) => leavesOut).length, 1);
});
