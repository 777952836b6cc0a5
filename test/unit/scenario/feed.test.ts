import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Feed } from '../../../src/scenario/guest/feed.ts';

const what = 'a three';

test('what has come already is found at once, from the mark on', async () => {
  const feed = new Feed<number>('numbers');
  for (const each of [3, 1, 3]) feed.push(each);
  assert.equal(await feed.find((each) => each === 3, { what, limit: 0 }), 3);
  assert.equal(await feed.find((each) => each < 3, { what, limit: 0, from: 1 }), 1);
  assert.equal(feed.mark, 3);
});

test('what comes later ends the wait', async () => {
  const feed = new Feed<number>('numbers');
  const found = feed.find((each) => each === 3, { what, limit: 1000 });
  feed.push(1);
  feed.push(3);
  assert.equal(await found, 3);
});

test('the limit ends the wait, and names source, thing and limit', async () => {
  const feed = new Feed<number>('numbers');
  await assert.rejects(
    feed.find(() => false, { what, limit: 20 }),
    {
      code: 'CONTROL',
      message: 'numbers: a three did not come within 0.02 s',
    },
  );
});

test('the end of the feed ends every wait with its reason; what came before is still found', async () => {
  const feed = new Feed<number>('numbers');
  feed.push(3);
  const waits = [1, 2].map((n) => feed.find((each) => each === n, { what: `a ${n}`, limit: 60_000 }));
  feed.end('rasvm ended with status 4');
  feed.end('again');
  for (const wait of waits) await assert.rejects(wait, /did not come: rasvm ended with status 4$/);
  assert.equal(await feed.find((each) => each === 3, { what, limit: 60_000 }), 3);
});
