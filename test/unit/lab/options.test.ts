import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { RasvmError } from '../../../src/core/errors.ts';
import { findProgram } from '../../../src/host/system-packages.ts';
import { bundleStamp } from '../../../src/lab/bundle.ts';
import { needsLab } from '../../../src/lab/decide.ts';
import { insideShare, isSameLab, labOptions } from '../../../src/lab/options.ts';
import { qemuArguments } from '../../../src/lab/qemu.ts';

test('what a lab cannot be made of is refused', () => {
  assert.throws(() => labOptions({ cores: 0 }), isError('USAGE'));
  assert.throws(() => labOptions({ cores: Number.NaN }), isError('USAGE'));
  assert.throws(() => labOptions({ memory: 1000 }), isError('USAGE'));
  assert.throws(() => labOptions({ cpu: 'max -S' }), isError('USAGE'));
  assert.throws(() => labOptions({ share: '/nonexistent' }), isError('FILE'));
  assert.throws(() => labOptions({ bundleDir: '/nonexistent' }), isError('USAGE'));
  assert.throws(() => labOptions({ extras: ['pears' as 'peers'] }), isError('USAGE'));
});

test('a directory of the share has its place under /share', () => {
  assert.equal(insideShare('/home/u', '/home/u'), '/share');
  assert.equal(insideShare('/home/u', '/home/u/a/b'), '/share/a/b');
  assert.equal(insideShare('/home/u', '/home/v'), undefined);
  assert.equal(insideShare('/home/u', '/home/u/..dots'), '/share/..dots');
});

test('a running lab serves those who ask for the same machine within its share', () => {
  const running = labOptions({ share: '/usr' });

  assert.ok(isSameLab(running, labOptions({ share: '/usr/bin' })));
  assert.ok(!isSameLab(running, labOptions({ share: '/etc' })));
  assert.ok(!isSameLab(running, labOptions({ share: '/usr', cpu: 'cortex-a57' })));
  assert.ok(!isSameLab(running, labOptions({ share: '/usr', kernel: '6.1' })));
  assert.ok(!isSameLab(running, labOptions({ share: '/usr', icount: true })));
  assert.ok(!isSameLab(running, labOptions({ share: '/usr', pmu: true })));
  assert.ok(!isSameLab(running, labOptions({ share: '/usr', oneThread: true })));
});

test("QEMU's options keep a comma in a path, and the clock that was asked for", () => {
  const kernel = { series: '6.12', version: 'v', image: '/k/Image', modulesDir: '/k/modules' };
  const files = { kernel, initrd: '/i', rootImage: '/a,b/root.img', consoleLog: '/c' };

  const plain = qemuArguments(labOptions({}), files);
  const counting = qemuArguments(labOptions({ icount: true }), files);

  assert.ok(plain.some((word) => word.includes('file=/a,,b/root.img')));
  assert.ok(plain.includes('tcg,thread=multi') && !plain.includes('-icount'));
  assert.ok(qemuArguments(labOptions({ oneThread: true }), files).includes('tcg,thread=single'));
  assert.ok(counting.includes('tcg,thread=single') && counting.includes('shift=0,sleep=off'));
});

test('the CPU has a PMU where one is asked for, and what goes wrong in the host is a reset, which ends QEMU', () => {
  const kernel = { series: '6.1', version: 'v', image: '/k/Image', modulesDir: '/k/modules' };
  const files = { kernel, initrd: '/i', rootImage: '/root.img', consoleLog: '/c' };
  const wordBehind = (option: string, given: Parameters<typeof labOptions>[0]) => {
    const all = qemuArguments(labOptions(given), files);
    return all[all.indexOf(option) + 1]!;
  };
  assert.equal(wordBehind('-cpu', {}), 'neoverse-n2,pauth-impdef=on,sve=off,pmu=off');
  assert.equal(wordBehind('-cpu', { pmu: true }), 'neoverse-n2,pauth-impdef=on,sve=off');
  assert.equal(wordBehind('-cpu', { cpu: 'max', kernel: '6.1' }), 'max,pauth-impdef=on,lpa2=off,pmu=off');
  assert.ok(qemuArguments(labOptions({}), files).includes('-no-reboot'));
  assert.doesNotMatch(wordBehind('-append', { icount: true }), /hung_task/);
  const words = wordBehind('-append', {}).split(' ');
  for (const word of ['oops=panic', 'panic=-1', 'nmi_watchdog=panic', 'softlockup_panic=1'])
    assert.ok(words.includes(word), word);
});

test('an arm64 host with KVM needs no lab, another machine does', () => {
  assert.equal(needsLab('auto', { arch: 'arm64', hasKvm: true, mayUseKvm: true }), false);
  assert.equal(needsLab('never', { arch: 'arm64', hasKvm: true, mayUseKvm: true }), false);
  assert.equal(needsLab('always', { arch: 'arm64', hasKvm: true, mayUseKvm: true }), true);
  assert.equal(needsLab('auto', { arch: 'x64', hasKvm: true, mayUseKvm: true }), true);
  assert.equal(needsLab('auto', { arch: 'arm64', hasKvm: true, mayUseKvm: false }), true);
});

test('without a lab the reason is named', () => {
  assert.throws(() => needsLab('never', { arch: 'x64', hasKvm: true, mayUseKvm: true }), isError('NO_KVM'));
  assert.throws(
    () => needsLab('never', { arch: 'arm64', hasKvm: false, mayUseKvm: false }),
    isError('NO_KVM'),
  );
  assert.throws(
    () => needsLab('never', { arch: 'arm64', hasKvm: true, mayUseKvm: false }),
    isError('KVM_PERMISSION'),
  );
});

test("a build's stamp changes with its files", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'rasvm-test-'));
  t.after(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, 'a'), 'one');

  const first = await bundleStamp(directory);
  const again = await bundleStamp(directory);
  await writeFile(join(directory, 'a'), 'three');

  assert.equal(first, again);
  assert.notEqual(await bundleStamp(directory), first);
  assert.equal(await bundleStamp(join(directory, 'none')), undefined);
});

function isError(code: string) {
  return (error: unknown) => error instanceof RasvmError && error.code === code;
}

test('a program that is missing is told with the package to install', () => {
  assert.throws(() => findProgram('no-such-program'), isError('LAB'));
  assert.match(findProgram('dpkg-deb'), /^\/.*\/dpkg-deb$/);
});
