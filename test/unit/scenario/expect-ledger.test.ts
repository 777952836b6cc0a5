import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PoisonedPage } from '../../../src/api/poison.ts';
import { judgeLedger } from '../../../src/scenario/judge/expect-ledger.ts';

const PAGE = { gpa: 0x4120_3000 } as Parameters<typeof judgeLedger>[1];
const ROW: PoisonedPage = {
  ...{ id: 1, gpa: 0x4120_0000, size: 0x20_0000, since: 1, origin: 'signal', toldEarly: 5, toldLate: 2 },
  ...{ acknowledged: 1, touches: 3, offlined: 'unknown' },
};
const proved = (wish: object, rows: PoisonedPage[] = [ROW]) =>
  judgeLedger('page', PAGE, { page: 'page', ...wish }, rows).proved;

test('a page is found by the loss that holds it, and its members are compared', () => {
  assert.equal(proved({}), true);
  assert.equal(proved({ size: '2M', origin: 'signal', toldLate: 2, touches: '>=3', toldEarly: true }), true);
  for (const wrong of [{ toldEarly: false }, { acknowledged: 2 }, { offlined: 'no' }, { origin: 'scan' }])
    assert.equal(proved(wrong), false, JSON.stringify(wrong));
});

test('a page that is not lost is not in the ledger', () => {
  assert.equal(proved({}, []), false);
  assert.equal(proved({ lost: false }, []), true);
  assert.equal(proved({ lost: false }), false);
});
