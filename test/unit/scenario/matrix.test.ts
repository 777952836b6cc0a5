/** The file of --matrix, and docs/reference/test-matrix.md. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RasvmError } from '../../../src/core/errors.ts';
import { matrixJsonSchema } from '../../../src/scenario/language/json-schema.ts';
import type { LoadedScenario } from '../../../src/scenario/language/load.ts';
import { machineOf } from '../../../src/scenario/run/case.ts';
import { matrix, readMatrix } from '../../../src/scenario/run/matrix.ts';
import { DEFAULT_VARIANT } from '../../../src/scenario/run/plan.ts';

const document = (name: string) =>
  readFileSync(join(import.meta.dirname, '../../../docs/reference', name), 'utf8');
const page = document('test-matrix.md');

function faults(text: string): string[] {
  try {
    readMatrix('m.yaml', text);
  } catch (error) {
    if (error instanceof RasvmError && error.code === 'FILE') return [error.message, ...error.more];
    throw error;
  }
  return [];
}

test('kernels, variants in their order, only and exclude', () => {
  const { kernels, variants, ...lists } = readMatrix(
    'm.yaml',
    'kernels: [debian:6.1, mine=../linux]\n' +
      'variants:\n  default: {}\n  shared: { shared: true, append: quiet }\n' +
      'only: [{ variant: default }]\nexclude: [{ kernel: mine, scenario: late-* }]\n',
  );
  assert.deepEqual(kernels, ['debian:6.1', 'mine=../linux']);
  assert.deepEqual(variants, [
    { name: 'default', machine: {} },
    { name: 'shared', machine: { shared: true, append: 'quiet' } },
  ]);
  assert.deepEqual(lists, {
    only: [{ variant: 'default' }],
    exclude: [{ kernel: 'mine', scenario: 'late-*' }],
  });
  assert.deepEqual(readMatrix('m.yaml', '{}'), { kernels: [] });
});

test('faults are told with their place, and what was meant', () => {
  assert.deepEqual(faults('kernel: [debian:6.1]\n'), [
    "m.yaml:1:1: 'kernel' is not known; did you mean 'kernels'?",
  ]);
  assert.deepEqual(faults('variants:\n  smp: { cpu: 2 }\n'), [
    "m.yaml:2:10: variants.smp: 'cpu' is not known; did you mean 'cpus'?",
  ]);
  assert.match(faults('variants: { default: { cpus: 2 } }').join(), /default is the machine as the scenario/);
  assert.deepEqual(faults('variants:\n  smp: { cpus: 2 }\nexclude:\n  - variant: spm\n'), [
    "m.yaml:4:14: exclude[0].variant: no variant is like 'spm'; there is smp",
  ]);
  assert.match(faults('only: [{ variant: smp }]').join(), /there is default$/);
  assert.match(faults('only: [{}]').join(), /only\[0\]: is about nothing/);
  assert.equal(faults('kernels: []\nvariants: {}\n').length, 2);
});

test('a variant is stronger than the scenario; words for the command line add up', () => {
  const scenario = { machine: { cpus: 2, memory: '1G', append: 'a=1' } } as LoadedScenario;
  assert.deepEqual(machineOf({ scenario, variant: DEFAULT_VARIANT }), scenario.machine);
  assert.deepEqual(machineOf({ scenario, variant: { name: 'x', machine: { cpus: 1, append: 'b=2' } } }), {
    cpus: 1,
    memory: '1G',
    append: 'a=1 b=2',
  });
  assert.deepEqual(machineOf({ scenario: {} as LoadedScenario, variant: DEFAULT_VARIANT }), {
    cpus: 2,
    memory: '256M',
  });
});

test('the reference has each member and no other, and what it shows can be read', () => {
  const rows = [...page.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name!);
  assert.deepEqual(rows.sort(), Object.keys(matrix.shape).sort());
  const shown = [...page.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, yaml]) => yaml!);
  assert.ok(shown.length > 0);
  assert.equal(document('matrix.schema.json'), matrixJsonSchema(), 'npm run reference');
  for (const yaml of shown) assert.ok(readMatrix('test-matrix.md', yaml));
});
