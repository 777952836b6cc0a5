import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noteAcknowledgement, noteTouch, PoisonLedger } from '../../../src/ras/errors/ledger.ts';

const GPA = 0x4020_3000;

test('a page is lost once, whatever byte of it is named', () => {
  const ledger = new PoisonLedger();
  const first = ledger.lose(GPA + 0x123, 4096, 'signal', 1);
  const again = ledger.lose(GPA, 4096, 'scan', 2);
  assert.equal(first.isNew, true);
  assert.equal(again.isNew, false);
  assert.equal(again.page, first.page);
  assert.equal(first.page.gpa, GPA);
});

test('an address inside a lost huge page is found', () => {
  const ledger = new PoisonLedger();
  const { page } = ledger.lose(0x4020_0000, 0x20_0000, 'signal', 1);
  assert.equal(ledger.find(0x403f_ffff), page);
  assert.equal(ledger.find(0x4040_0000), undefined);
  assert.equal(ledger.find(0x401f_ffff), undefined);
});

test('a page inside a lost huge page is that loss', () => {
  const ledger = new PoisonLedger();
  const { page } = ledger.lose(0x4020_0000, 0x20_0000, 'signal', 1);
  assert.equal(ledger.lose(GPA, 4096, 'signal', 2).page, page);
});

test('a larger loss takes in the smaller one, with its id', () => {
  const ledger = new PoisonLedger();
  const small = ledger.lose(0x4020_0000, 4096, 'signal', 1).page;
  const { page, isNew } = ledger.lose(0x4020_0000, 0x20_0000, 'signal', 2);
  assert.equal(isNew, true);
  assert.equal(page.id, small.id);
  assert.equal(ledger.size, 1);
});

test('a renewed page is not lost; a later loss is a new error', () => {
  const ledger = new PoisonLedger();
  const { page } = ledger.lose(GPA, 4096, 'signal', 1);
  ledger.renew(page);
  assert.equal(ledger.find(GPA), undefined);
  assert.notEqual(ledger.lose(GPA, 4096, 'signal', 2).page.id, page.id);
  assert.equal(ledger.errors, 2);
});

test('a page that is touched again long after an acknowledgement is still in use; one on the heels of it need not be', () => {
  const { page } = new PoisonLedger().lose(GPA, 4096, 'signal', 0);
  noteTouch(page, 10e9);
  noteAcknowledgement(page, 11e9);
  noteTouch(page, 11.5e9);
  assert.equal(page.stillInUse, false);
  noteTouch(page, 12.5e9);
  noteAcknowledgement(page, 13e9);
  assert.equal(page.stillInUse, true);
  assert.deepEqual(
    [page.touches, page.touchedAt, page.acknowledged, page.acknowledgedAt],
    [3, 12.5e9, 2, 13e9],
  );
});

test('a larger loss keeps what is known of the touches of the smaller one', () => {
  const ledger = new PoisonLedger();
  noteTouch(ledger.lose(0x4020_0000, 4096, 'signal', 1).page, 5);
  const { page } = ledger.lose(0x4020_0000, 0x20_0000, 'signal', 2);
  assert.deepEqual([page.touches, page.touchedAt], [1, 5]);
});

test('a range of which a part is lost is told apart from one that is whole', () => {
  const ledger = new PoisonLedger();
  const { page } = ledger.lose(GPA, 4096, 'signal', 1);
  assert.equal(ledger.overlapping(GPA - 4096, 3 * 4096), page);
  assert.equal(ledger.overlapping(GPA - 0x20_0000, 0x40_0000), page);
  assert.equal(ledger.overlapping(GPA + 4096, 4096), undefined);
  assert.equal(ledger.overlapping(GPA + 4096, 0x20_0000), undefined);
});

test('an entry is found by its error as long as it is lost', () => {
  const ledger = new PoisonLedger();
  const { page } = ledger.lose(GPA, 4096, 'signal', 1);
  assert.equal(ledger.byId(page.id), page);
  ledger.renew(page);
  assert.equal(ledger.byId(page.id), undefined);
});

test('a part does not take the place of the whole', () => {
  const ledger = new PoisonLedger();
  ledger.lose(0x4020_0000, 0x20_0000, 'signal', 1);
  assert.throws(() => ledger.loseRange(0x4020_0000, 4096, 'injection', 2), RangeError);
});

test('a range overlaps a lost page of which it has any part', () => {
  const ledger = new PoisonLedger();
  const { page } = ledger.lose(0x4020_0000, 0x20_0000, 'signal', 0);
  for (const [gpa, size] of [
    [0x401f_f000, 0x1001],
    [0x403f_ffff, 1],
    [0x4000_0000, 0x1000_0000],
    [0x4020_1000, 0x1000],
  ] as const)
    assert.equal(ledger.overlapping(gpa, size), page);
  assert.equal(ledger.overlapping(0x401f_f000, 0x1000), undefined);
  assert.equal(ledger.overlapping(0x4040_0000, 0x1000), undefined);
});
