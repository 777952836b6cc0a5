/** What --kernel takes, and what a kernel's configuration lacks. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { RasvmError } from '../../../src/core/errors.ts';
import { kernelSource } from '../../../src/scenario/kernel/kernel-source.ts';
import {
  KernelConfig,
  missingOptions,
  missingWords,
  RAS_OPTIONS,
} from '../../../src/scenario/kernel/ras-config.ts';

const root = mkdtempSync(join(tmpdir(), 'rasvm-kernel-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** The header of an arm64 Image, and the words by which a kernel names itself. */
function imageOf(release: string): Buffer {
  const bytes = Buffer.alloc(4096);
  bytes.writeBigUInt64LE(4096n, 16);
  bytes.write('ARM\x64', 56, 'latin1');
  bytes.write(`Linux version ${release} (someone@somewhere) #1 SMP`, 1024);
  return bytes;
}

function file(path: string, content: string | Uint8Array): string {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
  return full;
}

const noDebian = () => Promise.reject(new Error('not asked for'));
const source = (text: string) => kernelSource(text, noDebian);
const fault = (code: string, message: RegExp) => (error: unknown) =>
  error instanceof RasvmError && error.code === code && message.test(error.message);

/** All that is asked for. */
const FULL = RAS_OPTIONS.map(({ option, module: fits }) => `CONFIG_${option}=${fits ? 'm' : 'y'}`).join('\n');

test('an Image: its release, and the configuration that stands beside it', async () => {
  const image = file('plain/vmlinuz-6.12.3', imageOf('6.12.3'));
  file('plain/config-6.12.3', FULL);
  file('plain/config-6.1.0', '');
  const found = await source(image);
  assert.deepEqual([found.name, found.image, found.release], [image, image, '6.12.3']);
  assert.equal(found.config!.text, FULL);
  assert.deepEqual(missingOptions(found.config!), []);
  assert.deepEqual(found.notes, []);

  const alone = await source(`mine=${file('alone/Image', imageOf('6.1.0-rc1'))}`);
  assert.deepEqual([alone.name, alone.release, alone.config], ['mine', '6.1.0-rc1', undefined]);
});

test('a build: the Image, its .config, and the release that make wrote', async () => {
  file('build/.config', FULL);
  const packed = file('build/arch/arm64/boot/Image.gz', gzipSync(imageOf('6.13.0')));
  file('build/include/config/kernel.release', '6.13.0-mine+\n');
  const build = join(root, 'build');
  const compressed = await source(build);
  assert.deepEqual([compressed.name, compressed.image, compressed.release], [build, packed, '6.13.0-mine+']);

  const image = file('build/arch/arm64/boot/Image', imageOf('6.13.0-mine+'));
  for (const text of [build, image]) {
    const found = await source(text);
    assert.deepEqual([found.name, found.image, found.release], [text, image, '6.13.0-mine+']);
    assert.equal(found.config!.text, FULL);
    assert.equal(found.again, image);
    assert.deepEqual(found.notes, []);
  }
  const later = Date.now() / 1000 + 60;
  utimesSync(join(build, '.config'), later, later);
  assert.match((await source(build)).notes.join(), /\.config is newer than .*Image: /);
});

test('a configuration in the Image, compressed or not; one beside it comes first', async () => {
  const withConfig = Buffer.concat([
    imageOf('6.14.0'),
    Buffer.from('IKCFG_ST'),
    gzipSync('CONFIG_ARM64=y\nCONFIG_RAS=y\n'),
    Buffer.from('IKCFG_ED'),
  ]);
  withConfig.writeBigUInt64LE(BigInt(withConfig.length), 16);
  for (const [path, content] of [
    ['embedded/Image', withConfig],
    ['embedded/Image.gz', gzipSync(withConfig)],
  ] as const) {
    const found = await source(file(path, content));
    assert.equal(found.config?.get('RAS'), 'y', path);
  }
  file('beside/config', 'CONFIG_ARM64=y');
  assert.equal((await source(file('beside/Image', withConfig))).config!.get('RAS'), undefined);

  const broken = Buffer.from(withConfig);
  broken.fill(0xff, imageOf('').length + 8, broken.length - 8);
  assert.equal((await source(file('broken/Image', broken))).config, undefined);
});

test('a path may start from another directory', async () => {
  const image = file('elsewhere/Image', imageOf('6.12.0'));
  const found = await kernelSource('mine=Image', noDebian, join(root, 'elsewhere'));
  assert.deepEqual([found.name, found.image, found.again], ['mine', image, image]);
});

test("Debian's kernels by name", async () => {
  const image = file('kernels/6.12.107/Image', imageOf('6.12.107+deb13-cloud-arm64'));
  file('kernels/6.12.107/config', 'CONFIG_ARM64=y');
  const asked: string[] = [];
  const debian = async (name: string) => {
    asked.push(name);
    return image;
  };
  for (const [text, name] of [
    ['debian:6.12', 'debian:6.12'],
    ['old=debian:6.12', 'old'],
  ] as const) {
    const found = await kernelSource(text, debian);
    assert.deepEqual([found.name, found.image, found.release], [name, image, '6.12.107+deb13-cloud-arm64']);
    assert.equal(found.config!.get('ARM64'), 'y');
    assert.equal(found.again, 'debian:6.12');
  }
  assert.deepEqual(asked, ['debian:6.12', 'debian:6.12']);
});

test('a name of its own, which may be that of another kernel or a path; a path may have the sign between', async () => {
  const image = file('odd=name/Image', imageOf('6.12.0'));
  for (const [text, name] of [
    [image, image],
    [`mine=${image}`, 'mine'],
    [`/home/me/linux=${image}`, '/home/me/linux'],
    [`/home/me/a=b=${image}`, '/home/me/a=b'],
    [`debian:6.12=${image}`, 'debian:6.12'],
  ] as const) {
    const found = await source(text);
    assert.deepEqual([found.name, found.image], [name, image]);
  }
  await assert.rejects(
    source('mine=/nowhere'),
    fault('FILE', /--kernel mine=\/nowhere: there is no such file/),
  );
});

test('what is no kernel: an error that says what to give instead', async () => {
  await assert.rejects(source(join(root, 'nowhere')), fault('FILE', /no such file; give an arm64 Image/));
  mkdirSync(join(root, 'empty'));
  await assert.rejects(source(join(root, 'empty')), fault('FILE', /no directory of a kernel's build/));
  file('unbuilt/.config', 'CONFIG_ARM64=y');
  await assert.rejects(source(join(root, 'unbuilt')), fault('FILE', /build it \(make ARCH=arm64 Image\)/));
  file('tree/Kbuild', '');
  await assert.rejects(source(join(root, 'tree')), fault('FILE', /give the directory that O= named/));
  file('x86/.config', 'CONFIG_X86_64=y');
  await assert.rejects(source(join(root, 'x86')), fault('KERNEL_FORMAT', /not for arm64/));
  const xz = file('xz/Image.xz', Buffer.from('fd377a585a000000', 'hex'));
  await assert.rejects(source(xz), fault('KERNEL_FORMAT', /compressed with xz; uncompress it/));
});

test('a configuration: values, modules, what is not set', () => {
  const config = new KernelConfig(
    'CONFIG_A=y\nCONFIG_B=m\r\n# CONFIG_C is not set\nCONFIG_D="a=b"\nCONFIG_E=n\nXCONFIG_F=y\nCONFIG_G=4096',
  );
  assert.deepEqual(
    ['A', 'B', 'C', 'D', 'E', 'F', 'G'].map((option) => config.get(option)),
    ['y', 'm', undefined, '"a=b"', undefined, undefined, '4096'],
  );
});

test('what a configuration lacks, by its cause', () => {
  const without = (...options: string[]) =>
    missingOptions(
      new KernelConfig(
        FULL.split('\n')
          .filter((line) => !options.some((each) => line.startsWith(`CONFIG_${each}=`)))
          .join('\n'),
      ),
    ).map(missingWords);
  assert.deepEqual(without(), []);
  assert.deepEqual(without('ACPI_APEI_GHES', 'ACPI_APEI_SEA'), [
    'CONFIG_ACPI_APEI_GHES is not set: error records are not read, and not acknowledged',
  ]);
  assert.match(without('ACPI_APEI_SEA').join(), /^CONFIG_ACPI_APEI_SEA is not set/);
  assert.match(without('HWPOISON_INJECT').join(), /^CONFIG_HWPOISON_INJECT is not set/);
  const modular = missingOptions(new KernelConfig(FULL.replace('PL011=y', 'PL011=m')));
  assert.deepEqual(
    modular.map(({ option, found }) => [option, found]),
    [['SERIAL_AMBA_PL011', 'm']],
  );
  assert.match(missingWords(modular[0]!), /is a module, where it must be built in/);
  assert.equal(missingOptions(new KernelConfig('')).length, RAS_OPTIONS.length - 1);
});

test('the table has each option once', () => {
  const names = RAS_OPTIONS.map(({ option }) => option);
  assert.equal(new Set(names).size, names.length);
  for (const { follows = [] } of RAS_OPTIONS) for (const each of follows) assert.ok(names.includes(each));
});
