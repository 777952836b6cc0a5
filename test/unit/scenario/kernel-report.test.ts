import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  isReportHead,
  kernelReports,
  recoveryActions,
  untilNextReport,
} from '../../../src/scenario/guest/kernel-report.ts';
import { lateEvidence } from './transcripts.ts';

test('a report is read from the lines that carry its number', () => {
  const other = lateEvidence().console.map((line) =>
    line.replace('{1}', '{2}').replace('Source: 0', 'Source: 1'),
  );
  const woven = lateEvidence().console.flatMap((line, i) => [line, other[i]!]);
  assert.deepEqual(kernelReports(woven), [
    { number: 1, source: 0, severity: 'recoverable', physicalAddress: 0x4209_6000 },
    { number: 2, source: 1, severity: 'recoverable', physicalAddress: 0x4209_6000 },
  ]);
});

test('after a reboot numbers begin anew: the second report 1 is another one', () => {
  const again = lateEvidence().console.map((line) => line.replace('42096000', '42097000'));
  const addresses = kernelReports([...lateEvidence().console, ...again]).map((each) => each.physicalAddress);
  assert.deepEqual(addresses, [0x4209_6000, 0x4209_7000]);
});

test('only the first line of a report is its head', () => {
  assert.deepEqual(lateEvidence().console.map(isReportHead).filter(Boolean), [true]);
  assert.ok(isReportHead(lateEvidence().console[0]!));
});

test('of memory_failure only what it did counts', () => {
  assert.deepEqual(
    recoveryActions([
      '[    2.167139] Memory failure: 0x42097: Sending SIGBUS to a:139 due to hardware memory corruption',
      '[    2.170394] Memory failure: 0x42097: recovery action for dirty LRU page: Recovered',
      '[    2.180000] Memory failure: 0x42098: recovery action for high-order kernel page: Ignored',
      'Memory failure: 0x42099: recovery action for dirty LRU page: Recovered',
    ]),
    [
      { frame: 0x42097, page: 'dirty LRU page', result: 'Recovered' },
      { frame: 0x42098, page: 'high-order kernel page', result: 'Ignored' },
    ],
  );
});

test('the third report in five seconds has to wait', () => {
  assert.equal(untilNextReport([], 100), 0);
  assert.equal(untilNextReport([0], 100), 0);
  assert.equal(untilNextReport([0, 50], 100), 5400);
  assert.equal(untilNextReport([0, 1000, 2000], 3000), 3500);
  assert.equal(untilNextReport([0, 50], 6000), 0);
});
