/** Gives devices their places: the one that they have by habit, or the next one in a window. */

import { KiB, type Region } from '../core/region.ts';
import type { DeviceNeeds, Slot } from '../devices/device.ts';

/** Where a device stands whatever else there is. */
export interface FixedPlace {
  /** GPA. */
  readonly at?: number;
  /** One a line. */
  readonly gsivs?: readonly number[];
}

export interface FreePlaces {
  readonly window: Region;
  readonly gsivs: { readonly first: number; readonly count: number };
}

/** The largest page of an arm64 kernel: no two devices are in one. */
const GRANULE = 64 * KiB;

export class SlotAllocator {
  readonly #free: FreePlaces;
  readonly #taken: Slot[] = [];
  #next: number;
  #nextGsiv: number;

  constructor(free: FreePlaces) {
    this.#free = free;
    this.#next = free.window.base;
    this.#nextGsiv = free.gsivs.first;
  }

  /** @throws RangeError if the board has no room for it, or something else stands there */
  place(id: string, { mmio = 0, lines = [] }: DeviceNeeds, fixed: FixedPlace = {}): Slot {
    const { gsivs = lines.map(() => this.#gsiv(id)) } = fixed;
    if (gsivs.length !== lines.length)
      throw new RangeError(`${id}: ${gsivs.length} interrupts for ${lines.length} lines`);
    const slot: Slot = {
      id,
      base: mmio === 0 ? 0 : (fixed.at ?? this.#room(id, mmio)),
      size: mmio,
      lines: lines.map((trigger, line) => ({ gsiv: gsivs[line]!, trigger })),
    };
    const other = this.#taken.find((taken) => collide(taken, slot));
    if (other) throw new RangeError(`${id} collides with ${other.id}`);
    this.#taken.push(slot);
    return slot;
  }

  #room(id: string, size: number): number {
    const { window } = this.#free;
    const base = this.#next;
    if (base + size > window.base + window.size)
      throw new RangeError(`${id}: no room for ${size} bytes of registers`);
    this.#next = Math.ceil((base + size) / GRANULE) * GRANULE;
    return base;
  }

  #gsiv(id: string): number {
    const { first, count } = this.#free.gsivs;
    if (this.#nextGsiv === first + count) throw new RangeError(`${id}: no interrupt is left`);
    return this.#nextGsiv++;
  }
}

function collide(a: Slot, b: Slot): boolean {
  const sameRegisters = a.base < b.base + b.size && b.base < a.base + a.size;
  return (
    a.id === b.id || sameRegisters || a.lines.some(({ gsiv }) => b.lines.some((line) => line.gsiv === gsiv))
  );
}
