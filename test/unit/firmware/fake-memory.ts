/** Guest RAM as an ordinary buffer. */

import { readSync } from 'node:fs';
import type { BootMemory } from '../../../src/firmware/image.ts';

export class FakeMemory implements BootMemory {
  readonly bytes: Buffer;
  /** Bytes that came by readFile, not through a buffer of the caller. */
  fromFile = 0;

  constructor(size: number) {
    this.bytes = Buffer.alloc(size);
  }

  write(offset: number, source: Uint8Array): void {
    this.bytes.set(source, offset);
  }

  readFile(fd: number, position: number, offset: number, length: number): number {
    const got = readSync(fd, this.bytes, offset, length, position);
    this.fromFile += got;
    return got;
  }
}
