import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from '../../../src/scenario/guest/pace.ts';

test('limits go by the slowest boot, and have bounds', () => {
  const pace = new Pace();
  assert.equal(pace.bootLimit, 180_000);
  assert.equal(pace.stretch(1000), 1000);
  pace.booted(2000);
  assert.deepEqual([pace.bootLimit, pace.stretch(1000)], [90_000, 1000]);
  pace.booted(60_000);
  pace.booted(10_000);
  assert.deepEqual([pace.bootLimit, pace.stretch(1000)], [240_000, 4000]);
  pace.booted(1e6);
  assert.deepEqual([pace.bootLimit, pace.stretch(1000)], [600_000, 8000]);
});
