import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { hardwareCorrupted, LossWatch } from '../../../src/memory/loss-watch.ts';

test('a count that grows is told once, one that stands or falls is not', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let count: number | undefined = 8;
  let losses = 0;
  const watch = new LossWatch(
    () => losses++,
    () => count,
  );
  const after = (next: number | undefined) => {
    count = next;
    t.mock.timers.tick(2000);
    return losses;
  };
  watch.start();
  assert.deepEqual([8, 12, 12, 4, 8, undefined, 12].map(after), [0, 1, 1, 1, 2, 2, 3]);
  watch.close();
  assert.equal(after(100), 3);
});

test('a kernel that counts nothing is not looked at', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let looks = 0;
  const watch = new LossWatch(assert.fail, () => {
    looks++;
    return undefined;
  });
  watch.start();
  t.mock.timers.tick(20_000);
  assert.equal(looks, 1);
});

test('the count of this kernel is read', () => {
  const line = /^HardwareCorrupted: +(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'latin1'));
  assert.equal(hardwareCorrupted(), line === null ? undefined : Number(line[1]));
});
