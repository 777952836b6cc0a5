import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printedReports, Throttle } from '../../../src/scenario/guest/throttle.ts';
import { printed as line } from './console-lines.ts';

/** Reports as a guest prints them. */
function printed(...reports: [at: number, severity: string][]) {
  return reports.flatMap(([at, severity], i) =>
    ['Hardware error from APEI Generic Hardware Error Source: 1', `event severity: ${severity}`].map((text) =>
      line(`[    1.000000] {${i + 1}}[Hardware Error]: ${text}`, at),
    ),
  );
}

test('classes of reports', () => {
  const lines = printed([1, 'recoverable'], [2, 'corrected'], [3, 'info'], [4, 'fatal']);
  assert.deepEqual(
    printedReports(lines).map((each) => each.class),
    ['uncorrected', 'corrected', 'corrected', 'uncorrected'],
  );
});

test('two in five seconds of a class, half a second to spare', () => {
  const items = printed([1000, 'recoverable'], [2000, 'corrected'], [3000, 'recoverable']);
  const throttle = new Throttle({ items });
  assert.equal(throttle.wait(3000, {}), 3500);
  assert.equal(throttle.wait(6500, {}), 0);
  assert.equal(throttle.wait(3000, { count: 2 }), 5500);
  assert.equal(throttle.wait(3000, { count: 5 }), 5500);
  assert.equal(throttle.wait(3000, { class: 'corrected' }), 0);
  assert.equal(throttle.wait(3000, { class: 'corrected', count: 2 }), 4500);
  assert.equal(new Throttle({ items: [] }).wait(0, { count: 2 }), 0);
});

test('the same record is told again after ten seconds', () => {
  const throttle = new Throttle({ items: [] });
  throttle.reported('a', 1000);
  assert.equal(throttle.wait(2000, { same: 'a' }), 9500);
  assert.equal(throttle.wait(2000, { same: 'b' }), 0);
  assert.equal(throttle.wait(12_000, { same: 'a' }), 0);
});
