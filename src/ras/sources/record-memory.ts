/**
 * The memory of the error records, when it is lost itself. Linux takes its address for good when it starts (7.0 and later),
 * so that no other memory can stand in; but nothing is in it that rasvm does not know, so it is backed anew at its place.
 */

import type { GuestMemory } from '../../native/binding.ts';

export interface RecordMemoryOptions {
  memory: Pick<GuestMemory, 'pageSize' | 'renew' | 'write'>;
  ramBase: number;
  /** GPA and size in bytes of the memory that holds nothing else. */
  region: { base: number; size: number };
  /** What stands at its start, from the guest's start on: addresses of blocks, and empty blocks. */
  initial: Uint8Array;
}

export class RecordMemory {
  readonly #options: RecordMemoryOptions;

  constructor(options: RecordMemoryOptions) {
    this.#options = options;
  }

  holds(gpa: number): boolean {
    const { base, size } = this.#options.region;
    return gpa >= base && gpa < base + size;
  }

  /**
   * Backs the host's page that holds `gpa` anew, with what stood there at the guest's start.
   * @returns undefined if that page holds more than records (a huge page), or the host has none to give
   */
  renew(gpa: number): { gpa: number; size: number } | undefined {
    const { memory, ramBase, region, initial } = this.#options;
    const size = memory.pageSize;
    const offset = gpa - ramBase - ((gpa - ramBase) % size);
    const start = ramBase + offset - region.base;
    if (start < 0 || start + size > region.size) return undefined;
    try {
      memory.renew(offset, size);
      memory.write(offset, initial.subarray(start, start + size));
    } catch {
      return undefined;
    }
    return { gpa: ramBase + offset, size };
  }
}
