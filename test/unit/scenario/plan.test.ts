import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LoadedScenario } from '../../../src/scenario/language/load.ts';
import { plan, releaseOf } from '../../../src/scenario/run/plan.ts';
import type { CaseResult } from '../../../src/scenario/run/result.ts';
import { runCases } from '../../../src/scenario/run/schedule.ts';

const scenario = (id: string): LoadedScenario => ({
  id,
  title: id,
  why: 'Because.',
  references: ['here'],
  steps: [{ reboot: null }],
  path: `${id}.yaml`,
});
const kernels = ['debian:6.1', 'debian:6.12'].map((name) => ({ name, image: `/${name}` }));
const scenarios = ['early-a', 'late-a', 'late-b'].map(scenario);

test('each scenario on each kernel in each variant, each by its own id', () => {
  const ids = plan({ scenarios, kernels, filter: 'late-*', repeat: 2 }).cases.map(({ id }) => id);
  assert.deepEqual(ids, [
    'late-a@debian:6.1',
    'late-a@debian:6.1#2',
    'late-a@debian:6.12',
    'late-a@debian:6.12#2',
    'late-b@debian:6.1',
    'late-b@debian:6.1#2',
    'late-b@debian:6.12',
    'late-b@debian:6.12#2',
  ]);
  const variants = [
    { name: 'plain', machine: {} },
    { name: 'shared', machine: { shared: true } },
  ];
  const { cases: varied } = plan({ scenarios, kernels: [kernels[1]!], variants, filter: 'early-?,late-b' });
  assert.deepEqual(
    varied.map(({ id }) => id),
    ['early-a', 'late-b'].flatMap((each) => ['plain', 'shared'].map((how) => `${each}@debian:6.12+${how}`)),
  );
  assert.deepEqual(plan({ scenarios, kernels, filter: 'late' }).cases, []);
});

test('a filter takes what is like one of its globs, and nothing that is like one behind a !', () => {
  const ids = (filter: string) =>
    plan({ scenarios, kernels: [kernels[0]!], filter }).cases.map(({ scenario: { id } }) => id);
  assert.deepEqual(ids('early-*,late-b'), ['early-a', 'late-b']);
  assert.deepEqual(ids('!late-a'), ['early-a', 'late-b']);
  assert.deepEqual(ids('!*-b, late-*'), ['late-a']);
  assert.deepEqual(ids('late-a,!late-*'), []);
});

test('VMMs stand beside each other, and in the id of a case that is not in rasvm', () => {
  const variants = [
    { name: 'default', machine: {} },
    { name: 'shared', machine: { shared: true } },
  ];
  const { cases } = plan({
    scenarios,
    kernels: [kernels[1]!],
    variants,
    vmms: ['rasvm', 'qemu'],
    filter: 'late-a',
  });
  assert.deepEqual(
    cases.map(({ id, vmm }) => [id, vmm]),
    [
      ['late-a@debian:6.12', undefined],
      ['late-a@debian:6.12+shared', undefined],
      ['late-a@debian:6.12/qemu', 'qemu'],
      ['late-a@debian:6.12/qemu+shared', 'qemu'],
    ],
  );
});

test('only and exclude: cases by scenario, kernel and variant, all that is given', () => {
  const variants = ['default', 'shared', 'two-cpus'].map((name) => ({ name, machine: {} }));
  const ids = (more: Partial<Parameters<typeof plan>[0]>) =>
    plan({ scenarios, kernels, variants, filter: 'late-a', ...more }).cases.map(({ id }) => id);
  assert.deepEqual(ids({ only: [{ variant: 'default' }, { kernel: 'debian:6.12', variant: 's*' }] }), [
    'late-a@debian:6.1',
    'late-a@debian:6.12',
    'late-a@debian:6.12+shared',
  ]);
  assert.deepEqual(ids({ exclude: [{ variant: 'shared,two-*' }, { kernel: 'debian:6.1' }] }), [
    'late-a@debian:6.12',
  ]);
  assert.equal(ids({ exclude: [{ scenario: 'early-*' }] }).length, 6);
  assert.deepEqual(ids({ exclude: [{ scenario: 'late-a' }] }), []);
});

test('what judges the VMM is on one kernel: the first that it is about', () => {
  const vmm = (id: string, more: Partial<LoadedScenario> = {}) => ({
    ...scenario(id),
    judges: 'vmm' as const,
    ...more,
  });
  const judging = [scenarios[0]!, vmm('stops'), vmm('new', { when: { kernel: '>=6.6' } })];
  const known = kernels.map((kernel, i) => ({ ...kernel, release: i === 0 ? '6.1.0' : '6.12.0' }));
  const planned = plan({ scenarios: judging, kernels: known, repeat: 2 });
  assert.deepEqual(
    [...new Set(planned.cases.map(({ id }) => id))],
    [
      ...['early-a@debian:6.1', 'early-a@debian:6.1#2', 'early-a@debian:6.12', 'early-a@debian:6.12#2'],
      ...['stops@debian:6.1', 'stops@debian:6.1#2', 'new@debian:6.12', 'new@debian:6.12#2'],
    ],
  );
  assert.deepEqual(planned.notAsked, [
    { scenario: 'stops', kernel: { name: 'debian:6.12' }, variant: 'default', instead: 'debian:6.1' },
    { scenario: 'new', kernel: { name: 'debian:6.1' }, variant: 'default', instead: 'debian:6.12' },
  ]);
  // Nothing is known of the kernels: the first will say why not.
  assert.deepEqual(
    plan({ scenarios: judging, kernels }).notAsked.map(({ instead }) => instead),
    ['debian:6.1', 'debian:6.1'],
  );
});

test('what judges the VMM is in each VMM and variant, on what else leaves of kernels, and on all where that is asked for', () => {
  const judging = [{ ...scenario('stops'), judges: 'vmm' as const }];
  const variants = ['default', 'shared'].map((name) => ({ name, machine: {} }));
  const planned = (more: Partial<Parameters<typeof plan>[0]>) => {
    const { cases, notAsked } = plan({ scenarios: judging, kernels, ...more });
    return [cases.map(({ id }) => id), notAsked.length];
  };
  assert.deepEqual(planned({ kernels: [kernels[1]!] }), [['stops@debian:6.12'], 0]);
  assert.deepEqual(planned({ variants, vmms: ['rasvm', 'qemu'] }), [
    ['', '+shared', '/qemu', '/qemu+shared'].map((how) => `stops@debian:6.1${how}`),
    4,
  ]);
  assert.deepEqual(planned({ exclude: [{ kernel: '*:6.1' }] }), [['stops@debian:6.12'], 0]);
  assert.deepEqual(planned({ allKernels: true }), [['stops@debian:6.1', 'stops@debian:6.12'], 0]);
});

test('the release of a kernel, wherever in the Image it stands', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'rasvm-plan-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'Image');
  const at = (1 << 20) - 20;
  const image = Buffer.alloc(at + 4096, 0x20);
  image.write('Linux version 6.12.107+deb13 (someone) #1 SMP', at, 'latin1');
  writeFileSync(path, image);
  assert.equal(releaseOf(path), '6.12.107+deb13');
  writeFileSync(path, Buffer.alloc(100));
  assert.equal(releaseOf(path), undefined);
});

test('so many at once, and no more; results in the order of the cases', async () => {
  let running = 0;
  let most = 0;
  const { cases } = plan({ scenarios, kernels });
  const results = await runCases(cases, 2, async ({ id }) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, id.startsWith('early') ? 20 : 5));
    running--;
    return { id } as CaseResult;
  });
  assert.equal(most, 2);
  assert.deepEqual(
    results.map(({ id }) => id),
    cases.map(({ id }) => id),
  );
});
