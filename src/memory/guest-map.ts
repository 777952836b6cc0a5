/**
 * The guest's memory by guest physical address. Most of it is RAM; what must not share RAM's fate (the error records) stands
 * in memory of its own, in a slot of its own, within the same range of addresses.
 */

import type { GuestMemory } from '../native/binding.ts';

/** The part of the native memory that is used by address. */
export type BackingMemory = Pick<
  GuestMemory,
  | 'hva'
  | 'pageSize'
  | 'read'
  | 'write'
  | 'readU64'
  | 'writeU32'
  | 'writeU64'
  | 'findPoison'
  | 'renew'
  | 'hostFrame'
  | 'populate'
  | 'poison'
>;

/** A range that the guest finds at `gpa`; `offset` is where it begins in `memory`. In bytes. */
export interface MappedRange<M extends BackingMemory = BackingMemory> {
  readonly gpa: number;
  readonly size: number;
  readonly memory: M;
  readonly offset: number;
}

/** Ranges do not overlap. Copies throw with code EHWPOISON where a page is lost, as {@link GuestMemory} does. */
export class GuestMap<M extends BackingMemory = BackingMemory> {
  readonly ranges: readonly MappedRange<M>[];

  constructor(ranges: readonly MappedRange<M>[]) {
    this.ranges = ranges;
  }

  /** The range that holds `length` bytes from `gpa`. */
  find(gpa: number, length = 1): MappedRange<M> | undefined {
    for (const range of this.ranges)
      if (gpa >= range.gpa && gpa + length <= range.gpa + range.size) return range;
    return undefined;
  }

  /** Where the guest finds what the host has at `hva`. */
  gpaOf(hva: number): number | undefined {
    for (const { gpa, size, memory, offset } of this.ranges) {
      const at = hva - memory.hva - offset;
      if (at >= 0 && at < size) return gpa + at;
    }
    return undefined;
  }

  /** Where the host has what the guest finds at `gpa`. @throws RangeError where nothing is */
  hvaOf(gpa: number): number {
    const range = this.#at(gpa, 1);
    return range.memory.hva + range.offset + gpa - range.gpa;
  }

  /** Bytes that one lost page of the backing takes with it at `gpa`. @throws RangeError where nothing is */
  pageSize(gpa: number): number {
    return this.#at(gpa, 1).memory.pageSize;
  }

  read(gpa: number, target: Uint8Array): void {
    const { memory, offset, gpa: base } = this.#at(gpa, target.length);
    memory.read(offset + gpa - base, target);
  }

  write(gpa: number, source: Uint8Array): void {
    const { memory, offset, gpa: base } = this.#at(gpa, source.length);
    memory.write(offset + gpa - base, source);
  }

  /** @returns undefined where nothing is */
  readU64(gpa: number): bigint | undefined {
    const range = this.find(gpa, 8);
    return range?.memory.readU64(range.offset + gpa - range.gpa);
  }

  /** Stored at once, and after all that was written before (release). */
  writeU32(gpa: number, value: number): void {
    const { memory, offset, gpa: base } = this.#at(gpa, 4);
    memory.writeU32(offset + gpa - base, value);
  }

  #at(gpa: number, length: number): MappedRange<M> {
    const range = this.find(gpa, length);
    if (range === undefined) throw new RangeError(`no guest memory at GPA 0x${gpa.toString(16)}`);
    return range;
  }
}
