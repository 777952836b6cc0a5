import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { RasvmError } from '../../../src/core/errors.ts';
import { type KernelImage, openKernel, parseImageHeader } from '../../../src/firmware/image.ts';
import { FakeMemory } from './fake-memory.ts';

const MiB = 1024 * 1024;

interface ImageFields {
  textOffset?: bigint;
  imageSize?: bigint;
  flags?: bigint;
  length?: number;
}

/** An Image with a recognisable body. */
function makeImage({
  textOffset = 0n,
  imageSize = 0x30000n,
  flags = 0xan,
  length = 0x20000,
}: ImageFields = {}) {
  const image = Buffer.alloc(length);
  for (let i = 64; i < length; i++) image[i] = (i * 7) & 0xff;
  image.write('MZ', 0);
  image.writeBigUInt64LE(textOffset, 8);
  image.writeBigUInt64LE(imageSize, 16);
  image.writeBigUInt64LE(flags, 24);
  image.write('ARM\x64', 56, 'latin1');
  return image;
}

function makeZboot(payload: Uint8Array, compression: string): Buffer {
  const zboot = Buffer.alloc(0x200 + payload.length);
  zboot.write('MZ', 0);
  zboot.write('zimg', 4);
  zboot.writeUInt32LE(0x200, 8);
  zboot.writeUInt32LE(payload.length, 12);
  zboot.write(compression, 24);
  zboot.set(payload, 0x200);
  return zboot;
}

const folder = mkdtempSync(join(tmpdir(), 'rasvm-image-'));
const open: number[] = [];
after(() => {
  open.forEach(closeSync);
  rmSync(folder, { recursive: true });
});

function kernelFrom(bytes: Uint8Array): KernelImage {
  const path = join(folder, `kernel-${open.length}`);
  writeFileSync(path, bytes);
  const fd = openSync(path, 'r');
  open.push(fd);
  return openKernel(fd, bytes.length, 'vmlinuz');
}

function refused(bytes: Uint8Array, message: RegExp): void {
  assert.throws(
    () => kernelFrom(bytes),
    (error: unknown) => {
      assert.ok(error instanceof RasvmError);
      assert.equal(error.code, 'KERNEL_FORMAT');
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    },
  );
}

describe('arm64 Image header', () => {
  it('gives text_offset, image_size, page size and placement', () => {
    const header = parseImageHeader(
      makeImage({ textOffset: 0x8_0000n, imageSize: 0x123_0000n, flags: 0xan }),
    );
    assert.deepEqual(header, {
      textOffset: 0x8_0000,
      imageSize: 0x123_0000,
      pageSize: 4096,
      anywhere: true,
    });
  });

  it('knows each page size', () => {
    const sizes = [0n, 2n, 4n, 6n].map((flags) => parseImageHeader(makeImage({ flags }))?.pageSize);
    assert.deepEqual(sizes, [undefined, 4096, 16384, 65536]);
  });

  it('assumes the old load offset where image_size is missing', () => {
    const header = parseImageHeader(makeImage({ textOffset: 0n, imageSize: 0n }));
    assert.equal(header?.textOffset, 0x8_0000);
  });

  it('is not found without its magic number', () => {
    assert.equal(parseImageHeader(Buffer.alloc(64)), undefined);
    assert.equal(parseImageHeader(makeImage().subarray(0, 63)), undefined);
  });
});

describe('loading a kernel', () => {
  it('goes straight from the file into guest memory for a plain Image', () => {
    const image = makeImage();
    const kernel = kernelFrom(image);
    const memory = new FakeMemory(MiB);
    kernel.load(memory, 0x4000);
    assert.equal(memory.fromFile, image.length);
    assert.deepEqual(memory.bytes.subarray(0x4000, 0x4000 + image.length), image);
    assert.equal(kernel.memorySize, 0x30000);
  });

  it('leaves out what stands behind image_size', () => {
    const kernel = kernelFrom(makeImage({ length: 0x20000, imageSize: 0x10000n }));
    assert.equal(kernel.loadSize, 0x10000);
    assert.equal(kernel.memorySize, 0x10000);
  });

  it('unpacks gzip and EFI zboot with gzip', () => {
    const image = makeImage();
    for (const file of [zlib.gzipSync(image), makeZboot(zlib.gzipSync(image), 'gzip')]) {
      const memory = new FakeMemory(MiB);
      const kernel = kernelFrom(file);
      kernel.load(memory, 0);
      assert.equal(kernel.memorySize, 0x30000);
      assert.deepEqual(memory.bytes.subarray(0, image.length), image);
    }
  });

  it('unpacks EFI zboot with zstd, or says which Node.js can', () => {
    const compress = (zlib as { zstdCompressSync?: (data: Uint8Array) => Uint8Array }).zstdCompressSync;
    if (compress) {
      const memory = new FakeMemory(MiB);
      kernelFrom(makeZboot(compress(makeImage()), 'zstd22')).load(memory, 0);
      assert.deepEqual(memory.bytes.subarray(0, 0x20000), makeImage());
    } else refused(makeZboot(Buffer.alloc(64), 'zstd22'), /zstd.*Node\.js 22\.15/);
  });

  it('says so when the file has become shorter', () => {
    const kernel = kernelFrom(makeImage());
    truncateSync(join(folder, `kernel-${open.length - 1}`), 0x1000);
    assert.throws(() => kernel.load(new FakeMemory(MiB), 0), { code: 'FILE' });
  });
});

describe('a file that is no arm64 Image', () => {
  const elf = (machine: number) => {
    const file = Buffer.alloc(64);
    file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
    file.writeUInt16LE(machine, 18);
    return file;
  };
  const withText = (at: number, words: string, length = 0x400) => {
    const file = Buffer.alloc(length);
    file.write(words, at, 'latin1');
    return file;
  };
  it('is refused by an error of rasvm, whatever it holds', () => {
    const starts = [Buffer.alloc(0), makeImage(), makeZboot(zlib.gzipSync(makeImage()), 'gzip'), elf(62)];
    fc.assert(
      fc.property(
        fc.constantFrom(...starts),
        fc.uint8Array({ maxLength: 80 }),
        fc.integer({ min: 0, max: 64 }),
        (start, noise, at) => {
          const bytes = Buffer.concat([start.subarray(0, 1024), Buffer.alloc(128)]);
          bytes.set(noise, at);
          try {
            kernelFrom(bytes);
          } catch (error) {
            assert.ok(error instanceof RasvmError, String(error));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  const cases: [string, Uint8Array, RegExp][] = [
    ['an empty file', Buffer.alloc(0), /empty file/],
    ['text', Buffer.from('hello'), /not a kernel/],
    ['an x86 kernel', withText(0x202, 'HdrS'), /x86 bzImage; give an arm64 Image/],
    ['an x86-64 vmlinux', elf(62), /ELF file for x86-64/],
    ['an arm64 vmlinux', elf(183), /vmlinux.*arch\/arm64\/boot\/Image/],
    ['an ELF file of an unknown machine', elf(4711), /machine 4711/],
    ['a RISC-V Image', withText(48, 'RISCV'), /RISC-V/],
    ['a 32-bit Arm zImage', withText(0x24, '\x18\x28\x6f\x01'), /32-bit Arm/],
    ['an initrd', Buffer.from('070701000000'), /--initrd/],
    ['an xz file', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), /xz.*uncompress/],
    ['another EFI program', withText(0, 'MZ'), /EFI program/],
    ['a big-endian Image', makeImage({ flags: 1n }), /big-endian/],
    ['an Image with a mad header', makeImage({ imageSize: 1n << 60n }), /impossible header/],
    ['gzip of something else', zlib.gzipSync(elf(62)), /uncompressed.*x86-64/],
    ['broken gzip', zlib.gzipSync(makeImage()).subarray(0, 100), /gzip.*does not unpack/],
    ['zboot with lzma', makeZboot(Buffer.alloc(64), 'lzma'), /zboot.*lzma/],
    ['zboot cut short', makeZboot(zlib.gzipSync(makeImage()), 'gzip').subarray(0, 0x210), /cut short/],
  ];
  for (const [what, bytes, message] of cases)
    it(`is refused by its name: ${what}`, () => {
      refused(bytes, message);
    });
});
