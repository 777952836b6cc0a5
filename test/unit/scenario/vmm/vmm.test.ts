import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectedOf } from '../../../../src/scenario/judge/expected-of.ts';
import { loadScenarios, readScenario } from '../../../../src/scenario/language/load.ts';
import { lackOf } from '../../../../src/scenario/vmm/lacks.ts';
import { isPanic, VMMS } from '../../../../src/scenario/vmm/vmm.ts';

const HEAD = 'id: x\ntitle: X\nwhy: Because.\nreferences: [here]\nsteps:\n  - allocate: { page: page }\n';
const lackOfSteps = (steps: string) => lackOf('qemu', readScenario('x.yaml', `${HEAD}${steps}`));

test('what QEMU cannot do is said; what it can be asked for is not', () => {
  const cases: [string, RegExp][] = [
    [
      '  - inject: { record: { severity: fatal, sections: [{ kind: memory }] } }\n',
      /tells its guest a record/,
    ],
    ['  - inject: { serror: { class: ce } }\n', /gives a vCPU an exception/],
    ['  - inject: { sea: {} }\n', /gives a vCPU an exception/],
    ['  - poison: { page: page, via: record, tell: early }\n', /not lost/],
    ['  - poison: { page: page, via: uffd, tell: late }\n', /userfaultfd/],
    ['  - poison: { page: page, tell: late, size: 2M }\n', /one by one/],
    ['  - expect: { guest: { endsWith: 5 } }\n', /rasvm's exit status/],
  ];
  for (const [steps, words] of cases) assert.match(lackOfSteps(steps) ?? '', words, steps);
  for (const steps of [
    '  - poison: { page: page, tell: late }\n',
    '  - poison: { page: page, via: hwpoison, tell: early }\n',
    '  - crash:\n  - expect: { guest: { panics: sysrq } }\n',
  ])
    assert.equal(lackOfSteps(steps), undefined, steps);
});

test('of the scenarios that rasvm ships QEMU can be asked for most, rasvm for all', () => {
  const all = loadScenarios([]);
  const able = all.filter((each) => lackOf('qemu', each) === undefined);
  assert.ok(able.length > all.length / 2, `${able.length} of ${all.length}`);
  assert.ok(able.length < all.length);
  for (const each of all) assert.equal(lackOf('rasvm', each), undefined);
});

test('what is expected of events and status is asked of rasvm alone', () => {
  const wanted = {
    told: { page: 'page', as: 'late' as const },
    noEvents: [{ recorded: null }],
    status: { acpi: true },
    reported: 'page',
    hardwareCorrupted: '4K',
  };
  assert.deepEqual(expectedOf(VMMS.rasvm, wanted), { expected: wanted, leftOut: [] });
  assert.deepEqual(expectedOf(VMMS.qemu, wanted), {
    expected: { reported: 'page', hardwareCorrupted: '4K' },
    leftOut: ['told', 'noEvents', 'status'],
  });
});

test('a panic is rasvm’s status, and of QEMU what the console says', () => {
  assert.ok(isPanic(VMMS.rasvm, { status: 3, signal: null }));
  assert.ok(!isPanic(VMMS.rasvm, { status: 0, signal: null }));
  assert.ok(isPanic(VMMS.qemu, { status: 0, signal: null, panic: 'sysrq triggered crash' }));
  assert.ok(!isPanic(VMMS.qemu, { status: 3, signal: null }));
});
