import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guestKernelNamed } from '../../../src/debian/kernel-cache.ts';
import { chooseKernel, compareVersions, kernelVersions, suitesOf } from '../../../src/debian/kernels.ts';
import { dependencies } from '../../../src/debian/modules.ts';

test('a whole image is a kernel; unsigned, debug and other flavours are not', () => {
  const names = [
    'linux-image-6.1.0-50-cloud-arm64',
    'linux-image-6.1.0-50-cloud-arm64-dbg',
    'linux-image-6.1.0-50-cloud-arm64-unsigned',
    'linux-image-6.1.0-50-arm64',
    'linux-image-6.1.0-50-rt-arm64',
    'linux-image-6.1.0-50-arm64-16k',
    'linux-image-6.1.0-50-arm64-16k-unsigned',
    'linux-image-cloud-arm64',
  ];

  assert.deepEqual(kernelVersions(names, 'cloud-arm64'), ['6.1.0-50-cloud-arm64']);
  assert.deepEqual(kernelVersions(names, 'arm64'), ['6.1.0-50-arm64']);
  assert.deepEqual(kernelVersions(names, 'arm64-16k'), ['6.1.0-50-arm64-16k']);
  assert.deepEqual(kernelVersions(names, 'rt-arm64'), ['6.1.0-50-rt-arm64']);
});

test('a kernel in parts needs binary and modules both', () => {
  const names = [
    'linux-binary-7.2.12+deb13-arm64',
    'linux-image-7.2.12+deb13-arm64',
    'linux-modules-7.2.12+deb13-arm64',
    'linux-binary-7.1.13+deb13-arm64',
    'linux-image-7.1.13+deb13-arm64',
    'linux-binary-unsigned-7.3.4+deb13-arm64',
    'linux-modules-7.3.4+deb13-arm64',
  ];

  assert.deepEqual(kernelVersions(names, 'arm64'), ['7.2.12+deb13-arm64']);
});

test('versions are ordered by number', () => {
  const versions = ['6.12.107+deb13-arm64', '6.1.0-50-arm64', '6.12.94+deb13-arm64', '6.1.0-47-arm64'];

  assert.deepEqual(versions.sort(compareVersions), [
    '6.1.0-47-arm64',
    '6.1.0-50-arm64',
    '6.12.94+deb13-arm64',
    '6.12.107+deb13-arm64',
  ]);
});

test('the newest kernel of the series is taken', () => {
  const choice = chooseKernel('7.2', ['7.1.13-x', '7.2.6-x', '7.2.12-x', '7.3.4-x']);

  assert.deepEqual(choice, { version: '7.2.12-x', exact: true });
});

test('7.2 is not 7.20', () => {
  assert.deepEqual(chooseKernel('7.2', ['7.20.1-x']), { version: '7.20.1-x', exact: false });
});

test('when a 7.x series is gone the nearest takes its place, the later of two', () => {
  assert.deepEqual(chooseKernel('7.2', ['7.0.1-x', '7.1.3-x', '7.3.4-x', '7.3.5-x']), {
    version: '7.3.5-x',
    exact: false,
  });
});

test('6.1 and 6.12 mean one kernel each: nothing takes their place', () => {
  assert.equal(chooseKernel('6.1', ['6.12.1-x', '6.6.1-x']), undefined);
  assert.equal(chooseKernel('7.2', ['6.12.1-x']), undefined);
});

test("a guest's kernel is the small one, or by its name one with pages of 16 KiB or a real-time one", () => {
  assert.deepEqual(guestKernelNamed('6.12'), { series: '6.12', flavour: 'cloud-arm64' });
  assert.deepEqual(guestKernelNamed('6.12-16k'), { series: '6.12', flavour: 'arm64-16k' });
  assert.deepEqual(guestKernelNamed('6.12-rt'), { series: '6.12', flavour: 'rt-arm64' });
  assert.deepEqual(guestKernelNamed('6.12-x'), { series: '6.12-x', flavour: 'cloud-arm64' });
});

test('each series has its suites', () => {
  assert.deepEqual(suitesOf('6.1'), ['bookworm']);
  assert.deepEqual(suitesOf('6.12'), ['trixie']);
  assert.deepEqual(suitesOf('7.2'), ['trixie-backports', 'sid']);
});

test("a module's dependencies come from its .modinfo", () => {
  assert.deepEqual(dependencies(Buffer.from('\x7fELF\0license=GPL\0depends=9pnet,virtio-ring\0name=x\0')), [
    '9pnet',
    'virtio_ring',
  ]);
  assert.deepEqual(dependencies(Buffer.from('\0depends=\0name=x\0')), []);
});
