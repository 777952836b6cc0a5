/** rasvm doctor on a host with the RAS extension: what is there, what is not, and that it ends as rasvm run would. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rasvm } from './support.ts';

test('all that a guest is told by can be had, SErrors with a syndrome too', async () => {
  const { status, stdout, stderr } = await rasvm('doctor', '--json', '--ras', 'on,notify=serror');
  assert.deepEqual([status, stderr], [0, '']);
  const { inLab, asked, host, refusal } = JSON.parse(stdout);
  assert.deepEqual([inLab, refusal], [false, undefined]);
  const possible = Object.fromEntries(asked.map((row: Record<string, string>) => [row.asked, row.possible]));
  assert.deepEqual(possible, {
    '--ras on': 'yes',
    'early=on': 'yes',
    'notify=serror': 'yes',
    'on-error=report': 'yes',
    '--no-acpi-policy sea': 'unused',
  });
  const isThere = (what: string) => host.find((row: Record<string, unknown>) => row.what === what)?.ok;
  for (const what of [
    'KVM',
    'KVM_CAP_VCPU_EVENTS',
    'KVM_CAP_ARM_INJECT_SERROR_ESR',
    'memory_failure',
    'PR_MCE_KILL',
  ])
    assert.equal(isThere(what), true, what);
});

test('what no guest can have ends it as it ends rasvm run', async () => {
  const { status, stdout, stderr } = await rasvm('doctor', '--ras', 'on', '--acpi', 'off');
  assert.equal(status, 2);
  assert.match(stdout, /^--ras on +no +a guest without ACPI has no HEST/m);
  assert.match(stderr, /^rasvm: --ras on cannot be had: .*--acpi off.*\n$/);
});
