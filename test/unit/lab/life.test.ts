/** The sign of life: asked for, heard in whatever comes, and missed when nothing does. */

import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FrameReader, FrameType } from '../../../src/lab/frames.ts';
import { LifeWatch, lifeLimits } from '../../../src/lab/life.ts';

/** A port whose other end is played by a test. */
function port(onPing: (port: Duplex) => void) {
  const reader = new FrameReader();
  const asked: number[] = [];
  const stream = new Duplex({
    read() {},
    write(bytes: Buffer, _encoding, done) {
      for (const { type } of reader.push(bytes)) {
        asked.push(type);
        onPing(stream);
      }
      done();
    },
  });
  return { stream, asked };
}

/** Waits for what comes when the machine has time for it. */
async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 20_000; !holds(); await sleep(5)) assert.ok(Date.now() < end, what);
}

test('an agent that answers, or sends anything at all, lives', async (t) => {
  const silent: number[] = [];
  const { stream, asked } = port((each) => each.push('x'));
  const watch = new LifeWatch(stream, { every: 5, silence: 40 }, (ms) => silent.push(ms));
  t.after(() => watch.stop());
  await until('four questions', () => asked.length > 3);
  assert.deepEqual(silent, []);
  assert.ok(asked.every((type) => type === FrameType.Ping));
});

test('an agent that is silent for longer than the limit is told, once', async () => {
  const silent: number[] = [];
  const { stream } = port(() => {});
  new LifeWatch(stream, { every: 5, silence: 40 }, (ms) => silent.push(ms));
  await until('the silence', () => silent.length > 0);
  await sleep(50);
  assert.equal(silent.length, 1);
  assert.ok(silent[0]! > 40);
});

test('the time that this process itself stood still counts for nothing', async (t) => {
  const silent: number[] = [];
  const { stream } = port((each) => each.push('x'));
  const watch = new LifeWatch(stream, { every: 5, silence: 100 }, (ms) => silent.push(ms));
  t.after(() => watch.stop());
  await sleep(20);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
  await sleep(30);
  assert.deepEqual(silent, []);
});

test('a port that closes is not asked any more', async () => {
  const silent: number[] = [];
  const { stream } = port(() => {});
  new LifeWatch(stream, { every: 5, silence: 30 }, (ms) => silent.push(ms));
  stream.destroy();
  await sleep(80);
  assert.deepEqual(silent, []);
});

test('a lab that was slow to boot has longer to answer, within bounds', () => {
  assert.equal(lifeLimits(1000).silence, 60_000);
  assert.equal(lifeLimits(10_000).silence, 200_000);
  assert.equal(lifeLimits(170_000).silence, 600_000);
  assert.ok(lifeLimits(1000, true).every > lifeLimits(1000).every);
});
