/** The MCFG of a machine with PCIe host bridges. */

import { Mcfg } from '../tables/mcfg.ts';
import type { HostBridge, Machine } from './description.ts';
import { headerNames } from './names.ts';

/** Buses that a host bridge has, and the segment, which is its place in the list unless it says otherwise. */
export function busesOf({ segment, firstBus = 0, lastBus = 255 }: HostBridge, place: number) {
  return { segment: segment ?? place, firstBus, lastBus };
}

export function mcfgOf(machine: Machine): Uint8Array | undefined {
  const { hostBridges = [] } = machine;
  if (hostBridges.length === 0) return undefined;
  return Mcfg.encode({
    ...headerNames(machine),
    allocations: hostBridges.map((bridge, place) => {
      const { segment, firstBus, lastBus } = busesOf(bridge, place);
      return { base: BigInt(bridge.ecam), segment, startBus: firstBus, endBus: lastBus };
    }),
  });
}
