import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { labKernels, preferredKernel } from '../../../src/scenario/kernel/kernels.ts';

function directory(versions: Record<string, string>, images: readonly string[]): string {
  const path = mkdtempSync(join(tmpdir(), 'rasvm-kernels-'));
  for (const [name, version] of Object.entries(versions)) writeFileSync(join(path, name), `${version}\n`);
  for (const version of images) {
    mkdirSync(join(path, version));
    writeFileSync(join(path, version, 'Image'), '');
  }
  return path;
}

test('each series whose Image is there is found, in the order of versions', () => {
  const path = directory(
    {
      '6.12-cloud-arm64.version': '6.12.107+deb13-cloud-arm64',
      '6.12-arm64.version': '6.12.107+deb13-arm64',
      '6.12-arm64-16k.version': '6.12.107+deb13-arm64-16k',
      '6.1-cloud-arm64.version': '6.1.0-50-cloud-arm64',
      '7.2-cloud-arm64.version': 'gone',
    },
    [
      '6.12.107+deb13-cloud-arm64',
      '6.12.107+deb13-arm64',
      '6.12.107+deb13-arm64-16k',
      '6.1.0-50-cloud-arm64',
    ],
  );
  try {
    assert.deepEqual(labKernels(path), [
      { series: '6.1', path: join(path, '6.1.0-50-cloud-arm64', 'Image') },
      { series: '6.12', path: join(path, '6.12.107+deb13-cloud-arm64', 'Image') },
    ]);
    assert.deepEqual(labKernels(path, 'arm64-16k'), [
      { series: '6.12', path: join(path, '6.12.107+deb13-arm64-16k', 'Image') },
    ]);
  } finally {
    rmSync(path, { recursive: true });
  }
});

test('without a lab there is none', () => {
  assert.deepEqual(labKernels('/nowhere/kernels'), []);
  assert.equal(preferredKernel([]), undefined);
});

test('6.12 is preferred, else the newest', () => {
  const [old, known, latest] = ['6.1', '6.12', '7.2'].map((series) => ({ series, path: series }));
  assert.equal(preferredKernel([old!, known!, latest!]), known);
  assert.equal(preferredKernel([old!, latest!]), latest);
});
