/** The IORT of a machine with PCIe host bridges: how requester ids go through SMMUs to the ITS. */

import { AcpiError } from '../errors.ts';
import type { Encodable } from '../struct.ts';
import { Iort, iortOffsets, type RemappingNode } from '../tables/iort.ts';
import type { Machine } from './description.ts';
import { busesOf } from './mcfg.ts';
import { headerNames } from './names.ts';

type Node = Encodable<typeof RemappingNode>;

/** Requester ids of a segment, less one. */
const ALL_IDS = 0xffff;

export function iortOf(machine: Machine): Uint8Array | undefined {
  const { gic, hostBridges = [] } = machine;
  if (hostBridges.length === 0 || gic.its === undefined || gic.its.length === 0) return undefined;
  // Each node has its mappings already, so where the nodes stand does not depend on where the mappings lead to.
  const offsets = iortOffsets(nodesOf(machine, []));
  return Iort.encode({ ...headerNames(machine), nodes: nodesOf(machine, offsets) });
}

function nodesOf({ gic, hostBridges = [], smmus = [] }: Machine, offsets: readonly number[]): Node[] {
  const [itsGroup = 0, ...others] = offsets;
  const identity = (outputReference: number) => [{ idCount: ALL_IDS, outputReference }];
  return [
    { kind: 'itsGroup', identifier: 0, itsIds: gic.its!.map((_, id) => id) },
    ...smmus.map(
      (smmu, place): Node => ({
        kind: 'smmuV3',
        identifier: 1 + place,
        base: BigInt(smmu.base),
        flags: { coherencyOverride: smmu.coherent ?? true },
        eventGsiv: smmu.eventGsiv ?? 0,
        priGsiv: smmu.priGsiv ?? 0,
        gerrGsiv: smmu.errorGsiv ?? 0,
        syncGsiv: smmu.syncGsiv ?? 0,
        mappings: identity(itsGroup),
      }),
    ),
    ...hostBridges.map((bridge, place): Node => {
      if (bridge.smmu !== undefined && smmus[bridge.smmu] === undefined)
        throw new AcpiError('VALUE', `there is no SMMU ${bridge.smmu}`, `hostBridges[${place}].smmu`);
      const coherent = bridge.coherent ?? true;
      return {
        kind: 'rootComplex',
        identifier: 1 + smmus.length + place,
        memoryAccess: {
          cacheCoherent: coherent ? 1 : 0,
          accessFlags: { coherentPath: coherent, cacheableAttributes: coherent },
        },
        segment: busesOf(bridge, place).segment,
        mappings: identity(bridge.smmu === undefined ? itsGroup : (others[bridge.smmu] ?? 0)),
      };
    }),
  ];
}
