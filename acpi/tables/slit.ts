/** System Locality Information Table: ACPI 6.5, section 5.2.17. */

import { AcpiError } from '../errors.ts';
import { type DecodeOptions, List, list, u8, u64 } from '../struct.ts';
import { table } from './header.ts';

/** Distance of a locality from itself; others are relative to it. */
export const LOCAL_DISTANCE = 10;
/** There is no way from one to the other. */
export const UNREACHABLE = 255;

/** As many rows of distances as each of them has. */
export class DistanceMatrix extends List<number[], readonly number[]> {
  constructor() {
    super(list(u8));
  }

  override sizeOf(value: readonly (readonly number[])[]): number {
    const size = super.sizeOf(value);
    const odd = value.findIndex((row) => row.length !== value.length);
    if (odd >= 0)
      throw new AcpiError('VALUE', `has ${value[odd]!.length} distances, not ${value.length}`, `[${odd}]`);
    return size;
  }

  override read(view: DataView, offset: number, end: number, options: DecodeOptions): number[][] {
    const side = Math.sqrt(end - offset);
    if (!Number.isInteger(side))
      throw new AcpiError('LENGTH', `${end - offset} distances are no square of localities`);
    const row = (from: number) =>
      this.element.read(view, offset + from * side, offset + (from + 1) * side, options);
    return Array.from({ length: side }, (_, from) => row(from));
  }
}

export const Slit = table(
  'SLIT',
  1,
  {
    localityCount: u64.countOf('distances').doc('Number of localities'),
    distances: new DistanceMatrix().doc(
      'Distance from each locality (proximity domain) to each: 10 to itself, 255 where there is no way',
    ),
  },
  { title: 'System Locality Distance Information Table', source: 'ACPI 6.5, 5.2.17' },
);
