import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PostHold } from '../../../src/native/post-hold.ts';

test('what is held back is let go 5 ms after it was asked for last, and never once it is closed', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const held: boolean[] = [];
  const hold = new PostHold({ hold: (on) => held.push(on) });
  hold.set(true);
  hold.set(true);
  assert.deepEqual(held.splice(0), [true, true]);
  await Promise.resolve();
  t.mock.timers.tick(4);
  assert.deepEqual(held, []);
  t.mock.timers.tick(1);
  assert.deepEqual(held.splice(0), [false]);

  hold.set(true);
  hold.close();
  await Promise.resolve();
  t.mock.timers.tick(100);
  assert.deepEqual(held, [true]);
});
