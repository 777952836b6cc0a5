/** Known bugs of host kernels: by version, and only where they come. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOST_BUGS, type HostBug, knownBugs } from '../../../src/machine/host-bugs.ts';
import type { HostFacts } from '../../../src/machine/host-facts.ts';

const host = (kernel: string, pmu = false) => ({ kernel, kvm: { pmu } }) as unknown as HostFacts;
const found = (kernel: string, bug: Partial<HostBug> & Pick<HostBug, 'seen'>, pmu = false) =>
  knownBugs(host(kernel, pmu), [{ what: 'x', remedy: 'y', ...bug }]).length === 1;

test('a bug is of the versions that it was seen on, the last one too', () => {
  const seen = ['6.9.4', '6.12.117'] as const;
  for (const kernel of ['6.9.4', '6.10.0', '6.12', '6.12.3-arch', '6.12.117+deb13-arm64'])
    assert.ok(found(kernel, { seen }), kernel);
  for (const kernel of ['5.19.9', '6.9.3', '6.9', '6.12.118', '6.100.1', '16.12.1', 'next-20261130'])
    assert.ok(!found(kernel, { seen }), kernel);
});

test('one that needs a PMU is told where guests have one', () => {
  const seen = ['6.12.117', '6.12.117'] as const;
  const where = HOST_BUGS[0]!.where!;
  assert.ok(found('6.12.117', { seen, where }, true));
  assert.ok(!found('6.12.117', { seen, where }, false));
  assert.deepEqual(knownBugs({ ...host('6.12.117'), kvm: { error: {} } } as never, [HOST_BUGS[0]!]), []);
});
