/** Kernel files: the arm64 Image (Documentation/arch/arm64/booting.rst), gzip'ed or in an EFI zboot wrapper. */

import { readSync } from 'node:fs';
import { RasvmError } from '../core/errors.ts';
import { MiB } from '../core/region.ts';

/** What booting needs of guest RAM; offsets count from its start. GuestMemory (native) is one. */
export interface BootMemory {
  write(offset: number, source: Uint8Array): void;
  /** Reads a file straight into guest memory; gives the bytes read. */
  readFile(fd: number, position: number, offset: number, length: number): number;
}

export interface ImageHeader {
  /** Load offset from a 2 MiB boundary, in bytes. */
  readonly textOffset: number;
  /** Bytes of memory that the kernel takes, BSS included; 0 before Linux 3.17. */
  readonly imageSize: number;
  /** Bytes, or undefined where the header does not say. */
  readonly pageSize: 4096 | 16384 | 65536 | undefined;
  /** The 2 MiB aligned base may be anywhere in RAM, not only near its start. */
  readonly anywhere: boolean;
}

/** A kernel ready to be loaded. */
export interface KernelImage {
  readonly header: ImageHeader;
  /** Bytes of guest RAM from the load address on that must stay free for it: at least what is loaded. */
  readonly memorySize: number;
  /** Bytes to load. */
  readonly loadSize: number;
  /** Puts the kernel at an offset of guest RAM. */
  load(memory: BootMemory, offset: number): void;
}

export const IMAGE_HEADER_SIZE = 64;
const IMAGE_MAGIC = 0x644d_5241; // "ARM\x64"
const MAGIC_OFFSET = 56;
/** What kernels without image_size (before Linux 3.17) are linked for. */
const OLD_TEXT_OFFSET = 0x8_0000;
/** How far the beginning of a file is read to say what it is. */
const SNIFF_SIZE = 1024;
/** No arm64 kernel comes near; a compressed file that grows beyond is broken or hostile. */
const MAX_UNPACKED = 1024 * MiB;

/**
 * Parses the 64-byte header of an arm64 Image.
 * @returns undefined if the magic number is not there
 * @throws RasvmError KERNEL_FORMAT for an Image that cannot run here
 */
export function parseImageHeader(bytes: Uint8Array, name = 'the kernel'): ImageHeader | undefined {
  if (bytes.length < IMAGE_HEADER_SIZE) return undefined;
  const view = viewOf(bytes);
  if (view.getUint32(MAGIC_OFFSET, true) !== IMAGE_MAGIC) return undefined;
  const textOffset = view.getBigUint64(8, true);
  const imageSize = view.getBigUint64(16, true);
  const flags = view.getBigUint64(24, true);
  if (flags & 1n)
    throw format(name, 'a big-endian arm64 kernel', 'give a little-endian one (CONFIG_CPU_LITTLE_ENDIAN)');
  if (textOffset >= BigInt(MAX_UNPACKED) || imageSize > BigInt(MAX_UNPACKED))
    throw format(
      name,
      `an arm64 Image with an impossible header (text_offset 0x${textOffset.toString(16)}, image_size ` +
        `0x${imageSize.toString(16)})`,
      'the file is damaged; get it again',
    );
  const pageSizes = [undefined, 4096, 16384, 65536] as const;
  return {
    textOffset: imageSize === 0n ? OLD_TEXT_OFFSET : Number(textOffset),
    imageSize: Number(imageSize),
    pageSize: pageSizes[Number((flags >> 1n) & 3n)],
    anywhere: (flags & 8n) !== 0n,
  };
}

/**
 * Looks at an open kernel file. Of an uncompressed Image only the header is read here; the rest goes from the
 * file straight into guest memory when it is loaded.
 * @param name the file's name, for messages
 * @throws RasvmError KERNEL_FORMAT saying what the file is and what to give instead
 */
export function openKernel(fd: number, fileSize: number, name: string): KernelImage {
  const start = readAt(fd, 0, IMAGE_HEADER_SIZE, name);
  const header = parseImageHeader(start, name);
  if (header) return fromFile(header, fd, fileSize, name);
  if (fileSize > MAX_UNPACKED) throw format(name, 'too large for a kernel', WANTED);
  if (start[0] === 0x1f && start[1] === 0x8b)
    return fromBytes(gunzip(readAt(fd, 0, fileSize, name), name), name);
  if (isZboot(start)) return fromZboot(fd, fileSize, start, name);
  throw refuse(readAt(fd, 0, SNIFF_SIZE, name), name);
}

function fromFile(header: ImageHeader, fd: number, fileSize: number, name: string): KernelImage {
  // What stands behind image_size (a signature) is no part of the kernel.
  const loadSize = header.imageSize === 0 ? fileSize : Math.min(fileSize, header.imageSize);
  return {
    header,
    loadSize,
    memorySize: Math.max(loadSize, header.imageSize),
    load(memory, offset) {
      const got = memory.readFile(fd, 0, offset, loadSize);
      if (got !== loadSize)
        throw new RasvmError(
          'FILE',
          `${name} ended after ${got} of ${loadSize} bytes: it changed while being read`,
        );
    },
  };
}

function fromBytes(bytes: Uint8Array, name: string): KernelImage {
  const header = parseImageHeader(bytes, name);
  if (!header) throw refuse(bytes, `${name} (uncompressed)`);
  const image = header.imageSize === 0 ? bytes : bytes.subarray(0, header.imageSize);
  return {
    header,
    loadSize: image.length,
    memorySize: Math.max(image.length, header.imageSize),
    load: (memory, offset) => memory.write(offset, image),
  };
}

/** An EFI zboot header (drivers/firmware/efi/libstub/zboot-header.S): "MZ", "zimg", payload offset and size. */
function isZboot(start: Uint8Array): boolean {
  return start.length >= 32 && text(start, 0, 2) === 'MZ' && text(start, 4, 4) === 'zimg';
}

function fromZboot(fd: number, fileSize: number, start: Uint8Array, name: string): KernelImage {
  const view = viewOf(start);
  const offset = view.getUint32(8, true);
  const size = view.getUint32(12, true);
  const compression = text(start, 24, 32).split('\0')[0] ?? '';
  if (offset + size > fileSize) throw format(name, 'an EFI zboot image cut short', 'get the file again');
  if (compression === 'gzip') return fromBytes(gunzip(readAt(fd, offset, size, name), name), name);
  if (compression.startsWith('zstd')) return fromBytes(unzstd(readAt(fd, offset, size, name), name), name);
  throw format(
    name,
    `an EFI zboot image compressed with ${printable(compression)}`,
    'give the uncompressed arch/arm64/boot/Image',
  );
}

/** Loaded for a compressed kernel only: it costs start-up 9 ms. */
const zlib = () => process.getBuiltinModule('node:zlib');

function gunzip(packed: Uint8Array, name: string): Uint8Array {
  try {
    return zlib().gunzipSync(packed, { maxOutputLength: MAX_UNPACKED });
  } catch (cause) {
    throw format(name, 'a gzip file that does not unpack', 'get the file again', cause);
  }
}

function unzstd(packed: Uint8Array, name: string): Uint8Array {
  // Node.js has it from 22.15 on.
  const decompress = (zlib() as { zstdDecompressSync?: (data: Uint8Array, options: object) => Uint8Array })
    .zstdDecompressSync;
  if (!decompress)
    throw format(
      name,
      'compressed with zstd, which this Node.js cannot unpack',
      'use Node.js 22.15 or later, or give the uncompressed arch/arm64/boot/Image',
    );
  try {
    return decompress(packed, { maxOutputLength: MAX_UNPACKED });
  } catch (cause) {
    throw format(name, 'a zstd payload that does not unpack', 'get the file again', cause);
  }
}

/** e_machine numbers (elf.h) that a kernel may have. */
const ELF_MACHINES: Readonly<Record<number, string>> = {
  3: 'x86',
  8: 'MIPS',
  20: 'PowerPC',
  21: '64-bit PowerPC',
  22: 's390',
  40: '32-bit Arm',
  62: 'x86-64',
  183: 'arm64',
  243: 'RISC-V',
  258: 'LoongArch',
};

const WANTED = 'give an arm64 Image (arch/arm64/boot/Image, or /boot/vmlinuz-* of an arm64 system)';

/** Names what the beginning of a file is. */
function refuse(start: Uint8Array, name: string): RasvmError {
  const has = (offset: number, ...bytes: number[]) => bytes.every((byte, i) => start[offset + i] === byte);
  const is = (what: string, instead = WANTED) => format(name, what, instead);
  if (start.length === 0) return is('an empty file');
  if (has(0, 0x7f, 0x45, 0x4c, 0x46)) {
    const big = start[5] === 2;
    const machine = start.length >= 20 ? viewOf(start).getUint16(18, !big) : 0;
    if (machine === 183)
      return is('an arm64 ELF file (vmlinux)', 'give arch/arm64/boot/Image of the same build instead');
    return is(`an ELF file for ${ELF_MACHINES[machine] ?? `machine ${machine}`}`);
  }
  if (has(0x202, 0x48, 0x64, 0x72, 0x53)) return is('an x86 bzImage');
  if (has(0x24, 0x18, 0x28, 0x6f, 0x01)) return is('a 32-bit Arm zImage');
  if (has(48, 0x52, 0x49, 0x53, 0x43, 0x56)) return is('a RISC-V Image');
  if (has(0, 0x27, 0x05, 0x19, 0x56))
    return is('a U-Boot uImage', `unpack it with dumpimage, then ${WANTED}`);
  if (has(0, 0xd0, 0x0d, 0xfe, 0xed)) return is('a device tree or a U-Boot FIT image');
  for (const [what, magic] of [
    ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
    ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
    ['bzip2', [0x42, 0x5a, 0x68]],
    ['lz4', [0x02, 0x21, 0x4c, 0x18]],
    ['lz4', [0x04, 0x22, 0x4d, 0x18]],
    ['lzma', [0x5d, 0x00, 0x00]],
  ] as const)
    if (has(0, ...magic)) return is(`a file compressed with ${what}`, `uncompress it, then ${WANTED}`);
  if (text(start, 0, 5) === '07070') return is('a cpio archive', `that is an initrd (--initrd); ${WANTED}`);
  if (has(0, 0x4d, 0x5a)) return is('an EFI program, but not an arm64 Linux Image');
  return is('not a kernel that rasvm knows');
}

function format(name: string, what: string, instead: string, cause?: unknown): RasvmError {
  return new RasvmError('KERNEL_FORMAT', `${name} is ${what}; ${instead}`, { cause });
}

/** Up to `length` bytes at `position`, fewer at the end of the file. */
function readAt(fd: number, position: number, length: number, name: string): Uint8Array {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  try {
    while (done < length) {
      const got = readSync(fd, bytes, done, length - done, position + done);
      if (got === 0) break;
      done += got;
    }
  } catch (cause) {
    throw new RasvmError('FILE', `${name} cannot be read: ${(cause as Error).message}`, { cause });
  }
  return bytes.subarray(0, done);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function text(bytes: Uint8Array, offset: number, length: number): string {
  return Buffer.from(bytes.subarray(offset, offset + length)).toString('latin1');
}

function printable(word: string): string {
  return /^[\x21-\x7e]{1,16}$/.test(word) ? word : 'an unknown method';
}
