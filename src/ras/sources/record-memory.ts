/**
 * The memory of the error records: their blocks, and what stood there at the guest's start. Linux takes their address for
 * good when it starts (7.0 and later), so that no other memory can stand in when it is lost; but nothing is in it that
 * rasvm does not know, so it is backed anew at its place.
 */

import type { Region } from '../../core/region.ts';
import type { GuestMap } from '../../memory/guest-map.ts';
import type { ErrorRecordArea } from './record-area.ts';

export class RecordMemory {
  readonly #map: GuestMap;
  readonly #region: Region;
  readonly #area: ErrorRecordArea;
  readonly #initial: Uint8Array;

  /** @param region where the area stands at the start of memory that holds nothing else */
  constructor(map: GuestMap, region: Region, area: ErrorRecordArea) {
    this.#map = map;
    this.#region = region;
    this.#area = area;
    this.#initial = area.initial(region.base);
  }

  /** GPA and length of a source's error status block. */
  block(source: number): { gpa: number; length: number } {
    const { block, blockLength } = this.#area.sources[source]!;
    return { gpa: this.#region.base + block, length: blockLength };
  }

  /** Empty blocks, as the guest finds them when it starts. */
  initialize(): void {
    this.#map.write(this.#region.base, this.#initial);
  }

  holds(gpa: number): boolean {
    const { base, size } = this.#region;
    return gpa >= base && gpa < base + size;
  }

  /**
   * Backs the host's page that holds `gpa` anew, with what stood there at the guest's start.
   * @returns undefined if that page holds more than records, or the host has none to give
   */
  renew(gpa: number): { gpa: number; size: number } | undefined {
    const range = this.#map.find(gpa);
    if (range === undefined) return undefined;
    const { memory, offset } = range;
    const size = memory.pageSize;
    const at = offset + gpa - range.gpa;
    const page = at - (at % size);
    const start = range.gpa + page - offset;
    const from = start - this.#region.base;
    if (from < 0 || from + size > this.#region.size) return undefined;
    try {
      memory.renew(page, size);
      memory.write(page, this.#initial.subarray(from, from + size));
    } catch {
      return undefined;
    }
    return { gpa: start, size };
  }
}
