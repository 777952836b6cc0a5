/** The CEDT of a machine with CXL host bridges. */

import { AcpiError } from '../errors.ts';
import { Cedt, CxlVersion, InterleaveGranularity, InterleaveWays } from '../tables/cedt.ts';
import type { CxlWindow, Machine } from './description.ts';
import { headerNames } from './names.ts';

/** Bytes of the component registers of a CXL 2.0 host bridge: CXL 3.1, section 8.2.4. */
const REGISTERS = 0x1_0000n;

export function cedtOf(machine: Machine): Uint8Array | undefined {
  const { cxl } = machine;
  if (cxl === undefined) return undefined;
  return Cedt.encode({
    ...headerNames(machine),
    structures: [
      ...cxl.hostBridges.map(({ uid, registers }) => ({
        kind: 'chbs' as const,
        uid,
        cxlVersion: CxlVersion.Cxl20,
        base: BigInt(registers),
        size: REGISTERS,
      })),
      ...cxl.windows.map((window, place) => ({
        kind: 'cfmws' as const,
        base: BigInt(window.base),
        size: BigInt(window.size),
        interleaveWays: encoded(InterleaveWays, 'Ways', window.targets.length, place, 'targets'),
        granularity: encoded(InterleaveGranularity, 'Bytes', granularityOf(window), place, 'granularity'),
        restrictions: { hostOnlyCoherent: true, volatile: true },
        targets: [...window.targets],
      })),
    ],
  });
}

function granularityOf({ granularity = 256 }: CxlWindow): number {
  return granularity;
}

/** The code of a number that has one. */
function encoded(
  codes: Readonly<Record<string, number>>,
  prefix: string,
  value: number,
  place: number,
  field: string,
): number {
  const code = codes[`${prefix}${value}`];
  if (code !== undefined) return code;
  const known = Object.keys(codes).map((name) => name.slice(prefix.length));
  throw new AcpiError('VALUE', `${value} is none of ${known.join(', ')}`, `cxl.windows[${place}].${field}`);
}
