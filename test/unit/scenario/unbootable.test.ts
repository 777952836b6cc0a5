import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Case } from '../../../src/scenario/run/case.ts';
import type { CaseResult } from '../../../src/scenario/run/result.ts';
import { Unbootable } from '../../../src/scenario/run/unbootable.ts';
import { printed } from './console-lines.ts';
import { sampleRun } from './report-sample.ts';

const sample = sampleRun().cases[0]!;
const machine = { command: ['rasvm', 'run'], log: [] };

const ended = (name: string, more: Partial<CaseResult> = {}): CaseResult => ({
  ...sample,
  kernel: { name },
  outcome: 'broken',
  log: [{ ...printed('[    0.000000] Booting Linux'), ras: false }],
  machine,
  ...more,
});
const caseOn = (name: string) =>
  ({
    id: `late@${name}`,
    scenario: { id: 'late', title: 'Late', why: 'Because.', references: ['here'] },
    kernel: { name, image: '/Image', release: '6.12.1' },
    variant: { name: 'default', machine: {} },
  }) as unknown as Case;

test('a kernel of which three guests did not come up is given up; another is not', () => {
  const unbootable = new Unbootable();
  for (let i = 0; i < 2; i++) unbootable.seen(ended('dead'));
  assert.equal(unbootable.judge(caseOn('dead')), undefined);
  unbootable.seen(ended('dead'));
  const result = unbootable.judge(caseOn('dead'))!;
  assert.deepEqual([result.id, result.outcome, result.kernel.release], ['late@dead', 'broken', '6.12.1']);
  assert.match(result.reason!, /^not run: 3 guests with this kernel did not come up/);
  assert.equal(unbootable.judge(caseOn('other')), undefined);
});

test('not one that came up once, and not for cases without a guest', () => {
  const unbootable = new Unbootable();
  unbootable.seen(ended('shaky', { up: true, outcome: 'failed' }));
  for (let i = 0; i < 5; i++) unbootable.seen(ended('shaky'));
  assert.equal(unbootable.judge(caseOn('shaky')), undefined);

  for (let i = 0; i < 5; i++) {
    const { machine: _machine, ...skipped } = ended('skips', { outcome: 'skipped', log: [] });
    unbootable.seen(skipped);
    unbootable.seen(ended('breaks', { up: true }));
  }
  assert.equal(unbootable.judge(caseOn('skips')), undefined);
  assert.equal(unbootable.judge(caseOn('breaks')), undefined);
});
