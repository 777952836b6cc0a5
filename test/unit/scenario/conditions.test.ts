import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KernelConfig } from '../../../src/scenario/kernel/ras-config.ts';
import { inRange, unmet } from '../../../src/scenario/run/conditions.ts';

test('a version is compared by as many numbers as the bound has', () => {
  for (const [version, range] of [
    ['6.12.107+deb13-cloud-arm64', '6.12'],
    ['6.12.107', '>=6.6'],
    ['6.12.0-rc1', '<=6.12'],
    ['7.2.1', '>=6.1 <8.0'],
    ['6.1.0', '<6.12'],
    ['6.12.107', '>6.12.106'],
  ] as const)
    assert.ok(inRange(version, range), `${version} ${range}`);
  for (const [version, range] of [
    ['6.12.107', '>6.12'],
    ['6.1.176', '>=6.12'],
    ['7.2.1', '>=6.1 <7.0'],
    ['6.120.1', '6.12'],
  ] as const)
    assert.ok(!inRange(version, range), `${version} ${range}`);
});

test('what is not met is told; what cannot be known yet is not', () => {
  const host = { hostKernel: '6.12.1', hostRas: false };
  assert.equal(unmet(undefined, host), undefined);
  assert.equal(unmet({ kernel: '>=7.0' }, host), undefined);
  assert.match(
    unmet({ kernel: '>=7.0' }, { ...host, kernel: '6.1.1' })!,
    /guest kernels >=7\.0; this is 6\.1\.1/,
  );
  assert.match(unmet({ hostKernel: '<6.6' }, host)!, /host kernels <6\.6; this is 6\.12\.1/);
  assert.match(unmet({ hostRas: true }, host)!, /with the RAS extension; this one has not it/);
  assert.equal(unmet({ hostRas: false, hostKernel: '6.12' }, host), undefined);
});

test('options of the configuration: with, without, and where it is not known', () => {
  const host = { hostKernel: '6.12.1', hostRas: true };
  const config = new KernelConfig('CONFIG_A=y\nCONFIG_B=m\n# CONFIG_C is not set\n');
  for (const met of ['CONFIG_A', 'CONFIG_B', '!CONFIG_C', ['CONFIG_A', '!CONFIG_C']])
    assert.equal(unmet({ config: met }, { ...host, config }), undefined, String(met));
  assert.match(
    unmet({ config: ['CONFIG_A', 'CONFIG_C'] }, { ...host, config })!,
    /with CONFIG_C; it is not set in this one/,
  );
  assert.match(unmet({ config: '!CONFIG_B' }, { ...host, config })!, /without CONFIG_B; this one has it/);
  assert.equal(unmet({ config: 'CONFIG_C' }, host), undefined);
  assert.match(unmet({ config: '!CONFIG_C' }, host)!, /without CONFIG_C; .* is not known/);
});
