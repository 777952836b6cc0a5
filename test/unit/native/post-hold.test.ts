import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hold } from '../../../src/native/binding.ts';
import { PostHold } from '../../../src/native/post-hold.ts';

for (const [kind, ms] of [
  ['acknowledgement', 5],
  ['output', 1],
] as const)
  test(`${kind} that is held back is let go ${ms} ms after it was asked for last, never once it is closed`, async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const held: boolean[] = [];
    const queue = {
      hold: (which: Hold, on: boolean) => {
        assert.equal(which, Hold[kind]);
        held.push(on);
      },
    };
    const hold = new PostHold(queue, Hold[kind]);
    hold.set(true);
    hold.set(true);
    assert.deepEqual(held.splice(0), [true, true]);
    await Promise.resolve();
    t.mock.timers.tick(ms - 1);
    assert.deepEqual(held, []);
    t.mock.timers.tick(1);
    assert.deepEqual(held.splice(0), [false]);

    hold.set(true);
    hold.close();
    await Promise.resolve();
    t.mock.timers.tick(100);
    assert.deepEqual(held, [true]);
  });
