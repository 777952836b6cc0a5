import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { situationOf } from '../../../../scripts/comparison/situation.ts';
import { loadScenarios, readScenario } from '../../../../src/scenario/language/load.ts';

/** Both in YAML. */
const situation = (steps: string, machine = '{}') =>
  situationOf(
    readScenario(
      'test.yaml',
      `{ id: a, title: a, why: a, references: [a], machine: ${machine}, steps: [${steps}] }`,
    ),
  );

test('a late error: what the page is, who touches it and how, the guest', () => {
  const usual = situation(
    '{ allocate: { page: a, kind: tmpfs } }, { allocate: { page: b } }, { poison: { page: a, tell: late } }, ' +
      '{ touch: { page: a, how: lse } }, { touch: { page: b } }',
  );
  assert.deepEqual(usual, {
    kind: 'late',
    error: 'late',
    page: 'tmpfs',
    backing: 'anonymous',
    guest: 'ACPI',
    state: 'process: atomic',
  });
  const losing = '{ allocate: { page: a } }, { poison: { page: a, tell: late } }';
  const other = situation(
    `${losing}, { touch: { page: a, how: pread } }, { touch: { page: a, threads: 3 } }, { reboot: }`,
    '{ acpi: "off", no-acpi-policy: stop, ras: "on,early=off", hugepages: 2M, append: loglevel=3 oops=panic }',
  );
  assert.equal(other.backing, 'huge pages, 2M');
  assert.equal(other.guest, 'device tree, `ras=on,early=off`, policy stop, `oops=panic`');
  assert.equal(other.state, 'kernel: pread(2); process: read; 3 threads at once; reboot');
  assert.equal(situation(losing, '{ shared: true }').backing, 'memfd');
  assert.equal(situation(losing).state, 'untouched');
});

test('an early error is there before the touch, or comes while one goes on', () => {
  const early = '{ poison: { page: a, via: hwpoison, tell: early } }';
  const asked = situation(
    `{ allocate: { page: a } }, { mcekill: { victim: a, policy: early } }, ${early}, { touch: { page: a } }`,
  );
  assert.equal(asked.kind, 'early');
  assert.equal(asked.state, 'process asked for early signals; untouched; then process: read');
  const spin = '{ touch: { page: a, how: spin, wait: false } }';
  assert.equal(situation(`{ allocate: { page: a } }, ${spin}, ${early}`).state, 'meanwhile process: read');
  const forked = situation(
    `{ allocate: { page: a } }, { fork: { pages: a, as: theirs } }, ${early}, { touch: { page: theirs } }`,
  );
  assert.equal(forked.state, 'two processes have it; untouched; then process: read');
});

test('several errors: pages are counted, storms and both ways are kinds of their own', () => {
  const both = situation(
    '{ allocate: { page: a, count: 8 } }, { pick: { page: b, from: a, whole: 4K } }, { allocate: { page: c, kind: slab } }, ' +
      '{ poison: { page: "a[1]", tell: late } }, { poison: { page: [b, c], tell: early } }, ' +
      '{ poison: { gpa: 4096, tell: early } }',
  );
  assert.deepEqual(
    [both.kind, both.error, both.page],
    ['both', 'late and early', 'anonymous × 2, slab, of no process'],
  );
  const storm = situation(
    '{ allocate: { page: a, count: 8, victim: v } }, { poison: { page: a, tell: late, storm: true } }, ' +
      '{ command: { run: latency v 0 8 } }',
  );
  assert.deepEqual([storm.kind, storm.page, storm.state], ['storm', 'anonymous × 8', 'process: read']);
});

test('records and exceptions', () => {
  const record = situation(
    '{ allocate: { page: a } }, { inject: { record: { severity: corrected, flags: [thresholdExceeded], ' +
      `sections: [{ kind: memory, physicalAddress: "\${a.gpa}" }, { kind: memory }] } } }, { touch: { page: a } }`,
  );
  assert.deepEqual(
    [record.kind, record.error, record.page, record.state],
    ['record', 'corrected, thresholdExceeded: memory × 2', 'anonymous', 'then process: read'],
  );
  const serror = situation(
    '{ inject: { serror: { class: [uer, ueo], exceptionLevel: 0 } } }, { inject: { sea: {} } }',
  );
  assert.deepEqual([serror.kind, serror.error], ['serror', 'uer, then ueo']);
  assert.equal(serror.state, 'vCPU in a process; vCPU anywhere');
  const idle = situation('{ sleep: 2s }, { inject: { sea: { vcpu: 2, exceptionLevel: 1, access: fetch } } }');
  assert.deepEqual([idle.kind, idle.error, idle.state], ['sea', 'fetch', 'vCPU idle']);
  assert.equal(situation('{ crash: }').kind, 'none');
});

test('each scenario that is shipped has its place, and words for its lost pages', () => {
  const scenarios = loadScenarios([join(import.meta.dirname, '../../../../src/scenario/suite')]);
  for (const scenario of scenarios) {
    const { kind, page, state } = situationOf(scenario);
    const text = JSON.stringify(scenario.steps);
    assert.equal(kind === 'none', !/"(poison|burst|inject)":/.test(text), scenario.id);
    if (/"(poison|burst)":/.test(text)) assert.notEqual(page, '', scenario.id);
    if (kind !== 'none' && kind !== 'record') assert.notEqual(state, '', scenario.id);
  }
});
