import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leftOutBytes, poisonedPages } from '../../../src/machine/poisoned-pages.ts';
import { fakeService, RAM_BASE } from '../ras/fake-service.ts';
import { SOURCE } from '../ras/sources.ts';

const PAGE = RAM_BASE + 0x10_0000;

test('the ledger says of each page how it was found, told, acknowledged and touched, by address', () => {
  const guest = fakeService();
  guest.touch(PAGE + 0x8000);
  guest.acknowledge(SOURCE.SEA);
  guest.early(PAGE);
  guest.acknowledge(SOURCE.GED);
  guest.ras.expectLoss(PAGE + 0x4000, 4096, 'late');
  guest.ras.close();

  const [early, expected, late] = poisonedPages(guest.ledger);
  assert.deepEqual([early!.gpa, early!.id, early!.origin, early!.size], [PAGE, 2, 'signal', 4096]);
  assert.deepEqual([early!.toldLate, early!.touches, early!.acknowledged], [0, 0, 1]);
  assert.ok(early!.toldEarly! > early!.since && early!.acknowledgedAt! >= early!.toldEarly!);
  assert.deepEqual(
    [expected!.gpa, expected!.origin, expected!.toldEarly, expected!.toldLate, expected!.acknowledged],
    [PAGE + 0x4000, 'injection', undefined, 0, 0],
  );
  assert.deepEqual(
    [late!.gpa, late!.toldEarly, late!.toldLate, late!.touches],
    [PAGE + 0x8000, undefined, 1, 1],
  );
  assert.ok(late!.toldLateAt! >= late!.touchedAt! && late!.acknowledgedAt! >= late!.toldLateAt!);
  assert.equal(late!.offlined, 'unknown');
});

test('a page told early and touched all the same is told twice, and its touches are counted while it waits', () => {
  const guest = fakeService();
  guest.early(PAGE);
  guest.touch(PAGE, 0);
  guest.touch(PAGE, 1);
  const [page] = poisonedPages(guest.ledger);
  assert.deepEqual([page!.toldLate, page!.touches, page!.acknowledged], [1, 2, 0]);
  assert.ok(page!.toldEarly !== undefined);
  guest.ras.close();
});

test('without records a touch is told, and never acknowledged', () => {
  const guest = fakeService({ records: false });
  guest.touch(PAGE);
  const [page] = poisonedPages(guest.ledger);
  assert.deepEqual([page!.toldLate, page!.acknowledged, page!.acknowledgedAt], [1, 0, undefined]);
});

test('what a reset could not back anew is counted, whole', () => {
  const { ledger, ras } = fakeService();
  ledger.lose(PAGE, 4096, 'signal', 0);
  ledger.lose(RAM_BASE + 0x40_0000, 0x20_0000, 'signal', 0).page.leftOut = true;
  ras.close();
  assert.equal(leftOutBytes(ledger), 0x20_0000);
});
