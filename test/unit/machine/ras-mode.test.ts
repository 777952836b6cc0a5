import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAskedOfRas } from '../../../src/cli/run/ras-options.ts';
import { type RasHost, rasRows, resolveRas } from '../../../src/machine/ras-mode.ts';

const ALL: RasHost = {
  kvm: { injectsDataAbort: true, serror: true, serrorSyndrome: true, seaToUser: true },
  memoryFailure: true,
};
const without = (lack: Partial<NonNullable<RasHost['kvm']>>): RasHost => ({
  ...ALL,
  kvm: { ...ALL.kvm!, ...lack },
});

function asked(ras: string, { acpi = 'on', policy = 'sea' } = {}) {
  return parseAskedOfRas({ ras, acpi, 'no-acpi-policy': policy });
}

const settled = (ras: string, more = {}, host = ALL) => resolveRas(asked(ras, more), host);

test('a guest with ACPI is told all, by records', () => {
  assert.deepEqual(settled('auto'), {
    resolved: 'on',
    early: true,
    listens: true,
    late: 'sea',
    onError: 'report',
    lacks: [],
  });
  assert.deepEqual(settled('on'), settled('auto'));
  const quiet = settled('on,early=off,notify=serror,on-error=stop');
  assert.deepEqual([quiet.early, quiet.listens, quiet.late, quiet.onError], [false, false, 'serror', 'stop']);
});

test('a guest without records gets what its policy says, and is told nothing early', () => {
  for (const [policy, late, listens] of [
    ['sea', 'sea', true],
    ['serror', 'serror', true],
    ['stop', 'stop', true],
    ['ignore', 'sea', false],
  ] as const) {
    for (const how of [settled('off', { policy }), settled('auto', { policy, acpi: 'off' })]) {
      assert.deepEqual(
        [how.resolved, how.late, how.listens, how.early],
        ['off', late, listens, false],
        policy,
      );
    }
    assert.equal(settled('auto', { policy }).late, 'sea', 'the policy is not for guests with records');
  }
  assert.equal(settled('off').reason, '--ras off');
  assert.match(settled('auto', { acpi: 'off' }).reason!, /no HEST/);
});

test('who wants the machine to end at the first error hears of it early, with whatever guest', () => {
  assert.equal(settled('off,on-error=stop', { policy: 'ignore' }).listens, true);
  assert.equal(settled('off,on-error=stop,early=off').listens, false);
});

test('what cannot be had ends the start under on, and is told once under auto', () => {
  const cases: [string, object, RasHost, string, RegExp][] = [
    ['', { acpi: 'off' }, ALL, 'USAGE', /leave out --acpi off/],
    ['', {}, { ...ALL, memoryFailure: false }, 'KVM_CAPABILITY', /CONFIG_MEMORY_FAILURE/],
    [',early=off', {}, { ...ALL, memoryFailure: false }, 'KVM_CAPABILITY', /CONFIG_MEMORY_FAILURE/],
    [',notify=serror', {}, without({ serror: false }), 'KVM_CAPABILITY', /KVM_CAP_VCPU_EVENTS/],
    [',notify=serror', {}, without({ serrorSyndrome: false }), 'KVM_CAPABILITY', /INJECT_SERROR_ESR.*auto/],
  ];
  for (const [parts, more, host, code, message] of cases) {
    assert.throws(() => settled(`on${parts}`, more, host), { name: 'RasvmError', code, message }, parts);
    const { lacks } = settled(`auto${parts}`, more, host);
    assert.equal(lacks.length, 1, parts);
    assert.match(lacks[0]!, message);
  }
});

test('where there are no SErrors it is an SEA', () => {
  const host = without({ serror: false });
  assert.equal(settled('auto,notify=serror', {}, host).late, 'sea');
  const policy = settled('off', { policy: 'serror' }, host);
  assert.equal(policy.late, 'sea');
  assert.equal(policy.lacks.length, 1);
});

test('under auto an SError without a syndrome is better than none, and of a policy it is no lack', () => {
  const host = without({ serrorSyndrome: false });
  assert.equal(settled('auto,notify=serror', {}, host).late, 'serror');
  const policy = settled('off', { policy: 'serror' }, host);
  assert.deepEqual([policy.late, policy.lacks], ['serror', []]);
  const row = rasRows(asked('off', { policy: 'serror' }), host).at(-1)!;
  assert.match(row.consequence, /no RAS extension/);
});

test('an SEA by rasvm is no lack but is said', () => {
  const host = without({ injectsDataAbort: false });
  assert.deepEqual(settled('on', {}, host).lacks, []);
  const row = rasRows(asked('on'), host).find((each) => each.asked.startsWith('notify='))!;
  assert.match(row.consequence, /rasvm's own exception entry/);
});

test('the table has a row for each part of what was asked, on any host', () => {
  for (const kvm of [ALL.kvm, undefined]) {
    for (const memoryFailure of [true, false]) {
      for (const ras of ['auto', 'off', 'on,early=off,notify=serror,on-error=stop']) {
        for (const acpi of ['on', 'off']) {
          for (const policy of ['sea', 'serror', 'stop', 'ignore']) {
            const rows = rasRows(asked(ras, { acpi, policy }), { kvm, memoryFailure });
            assert.deepEqual(
              rows.map((row) => row.asked.replace(/[= ](?!.*[= ]).*/, '')),
              ['--ras', 'early', 'notify', 'on-error', '--no-acpi-policy'],
            );
            for (const { consequence } of rows) assert.ok(consequence.length > 10);
          }
        }
      }
    }
  }
});
