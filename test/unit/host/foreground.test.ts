import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inForeground } from '../../../src/host/foreground.ts';

test('the foreground is told by the groups, whatever the process is called', () => {
  assert.equal(inForeground('7 (node) S 1 7 5 34816 7 4194304 1'), true);
  assert.equal(inForeground('7 (node) S 1 7 5 34816 5 4194304 1'), false);
  assert.equal(inForeground('7 (a) S 1 7 (b c) S 1 7 5 34816 5 4194304 1'), false);
  assert.equal(inForeground('7 () 5 5 5) S 1 7 5 34816 7 4194304 1'), true);
});

test('without a controlling terminal nothing is in the background', () => {
  assert.equal(inForeground('7 (node) S 1 7 5 0 -1 4194304 1'), true);
});
