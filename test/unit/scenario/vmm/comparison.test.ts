import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparisonTable } from '../../../../scripts/comparison/table.ts';
import type { CaseResult } from '../../../../src/scenario/result.ts';
import { sampleRun } from '../report-sample.ts';

const run = sampleRun();
const of = (more: Partial<CaseResult>): CaseResult => {
  const { vmm: _vmm, reason: _reason, ...sample } = run.cases[0]!;
  const { scenario = 'a', vmm = 'rasvm' } = more;
  const kernel = { name: 'debian:6.12', release: '6.12.1' };
  return { ...sample, id: `${scenario}/${vmm}`, kernel, scenario, ...more };
};
const check = (proved: boolean) => ({
  claim: 'page: it has *what* was written',
  proved,
  seen: '{"va":4096}',
});

function lines(...cases: CaseResult[]): string[] {
  const host = { kernel: '6.12.2', rasvm: '0.1.0', qemu: '10.0.13' };
  return comparisonTable([{ started: '2026-01-02T03:04:05.000Z', host, cases }]).split('\n');
}

test('a row a scenario: claims, what was not so, the last words of a VMM that died, why it was left out', () => {
  const died =
    "guest g: an answer to 'touch a|b' did not come: QEMU aborted (qemu: OSPM does not acknowledge)";
  const text = lines(
    of({ outcome: 'passed', checks: [check(true), check(true)] }),
    of({ outcome: 'failed', vmm: 'qemu', checks: [check(true)], reason: died }),
    of({ scenario: 'b', outcome: 'failed', checks: [check(false), check(false)], reason: 'not so' }),
    of({ scenario: 'b', outcome: 'skipped', vmm: 'qemu', checks: [], reason: 'QEMU has | no' }),
  );
  assert.equal(text[0], '2026-01-02: rasvm 0.1.0 and QEMU 10.0.13; host Linux 6.12.2, guest Linux 6.12.1.');
  assert.equal(text[2], '| Scenario | rasvm | QEMU 10.0 |');
  assert.deepEqual(text.slice(4, 6), [
    '| `a` | ✓ 2 claims | ✗ QEMU aborted (qemu: OSPM does not acknowledge) |',
    '| `b` | ✗ not so: page: it has \\*what\\* was written, and 1 more; seen: va 0x1000 | – QEMU has \\| no |',
  ]);
  const before = { served: 2, reason: died };
  const twice = lines(of({ outcome: 'passed', vmm: 'qemu', checks: [check(true)], before }));
  assert.equal(
    twice[4],
    '| `a` |  | ✓ 1 claim; before, in a guest that had served 2 others: QEMU aborted (qemu: OSPM does not acknowledge) |',
  );
  assert.ok(text.includes('QEMU: 0 passed, 1 failed, 1 skipped, 0 not to be tested.'));
});

test('runs of parts of the suite are one table; what is no comparison is refused', () => {
  const host = { kernel: '6.12.2', rasvm: '0.1.0', qemu: '10.0.13' };
  const report = (more: object, ...cases: CaseResult[]) => ({
    started: '2026-01-02T03:04:05.000Z',
    host: { ...host, ...more },
    cases,
  });
  const table = comparisonTable([report({}, of({ scenario: 'b' })), report({}, of({ scenario: 'a' }))]);
  assert.match(table, /`a`.*\n.*`b`/);
  assert.throws(() => comparisonTable([report({}, of({})), report({ kernel: '6.1.1' }, of({}))]), RangeError);
  const { qemu: _, ...alone } = host;
  assert.throws(() => comparisonTable([{ ...report({}, of({})), host: alone }]), RangeError);
  const other = of({ kernel: { name: 'x', release: '7.2.1' } });
  assert.throws(() => comparisonTable([report({}, of({}), other)]), RangeError);
});
