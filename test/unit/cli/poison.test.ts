import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PoisonedPage } from '../../../src/api/poison.ts';
import { poisonText } from '../../../src/cli/inspect/poison.ts';

const PAGE: PoisonedPage = {
  ...{ id: 1, gpa: 0x41f1_0000, size: 4096, since: 1.5e9, origin: 'injection' },
  ...{ toldLate: 0, acknowledged: 0, touches: 0, offlined: 'unknown' },
};

test('a page that nothing has touched has no more than its loss', () => {
  const [heads, row] = poisonText([PAGE]).split('\n');
  assert.match(heads!, /^ERROR {2}GPA {9}SIZE {2}LOST/);
  assert.match(row!, /^#1 +0x41f10000 +4K +\+1\.500000 +injection +- +- +- +unknown$/);
});

test('a page that was told in both ways and touched again says so', () => {
  const text = poisonText([
    {
      ...{ ...PAGE, toldEarly: 2e9, toldLate: 3, toldLateAt: 9e9, acknowledged: 4, acknowledgedAt: 9.1e9 },
      ...{ touches: 3, touchedAt: 8.9e9, size: 0x20_0000, offlined: 'no' },
    },
  ]);
  assert.match(text, / 2M .* early \+2\.000000, late 3x \+9\.000000 +4x \+9\.100000 +3x \+8\.900000 +no$/);
});

test('a machine without loss says so', () => {
  assert.equal(poisonText([]), 'No page is lost.');
});
