import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Deadline } from '../../../src/core/deadline.ts';

function bench(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  const calls: number[] = [];
  const deadline = new Deadline(
    () => now,
    () => calls.push(now),
  );
  const run = (ms: number) => {
    for (let i = 0; i < ms; i++) {
      now++;
      t.mock.timers.tick(1);
    }
  };
  return { deadline, calls, run };
}

test('the call comes once, when it is due', (t) => {
  const { deadline, calls, run } = bench(t);
  deadline.set(10);
  run(100);
  assert.deepEqual(calls, [10]);
});

test('a deadline that is set anew moves, later or earlier', (t) => {
  const { deadline, calls, run } = bench(t);
  deadline.set(10);
  run(5);
  deadline.set(10);
  run(9);
  assert.deepEqual(calls, []);
  run(1);
  assert.deepEqual(calls, [15]);
  deadline.set(100);
  run(1);
  deadline.set(5);
  run(100);
  assert.deepEqual(calls, [15, 21]);
});

test('one that is cleared or closed does not come, and can be set again', (t) => {
  const { deadline, calls, run } = bench(t);
  deadline.set(10);
  deadline.clear();
  run(5);
  deadline.set(10);
  run(10);
  assert.deepEqual(calls, [15]);
  deadline.set(10);
  deadline.close();
  run(100);
  assert.deepEqual(calls, [15]);
});
