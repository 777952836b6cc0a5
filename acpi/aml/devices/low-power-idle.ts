/** Low power idle states: ACPI 6.5, section 8.4.3; on Arm entered by PSCI (Arm FFH specification, DEN 0048). */

import { AccessSize, AddressSpace } from '../../tables/gas.ts';
import { Register, ResourceTemplate } from '../resource.ts';
import { Name } from '../statement.ts';
import type { Aml, Value } from '../term.ts';

export interface LowPowerIdleState {
  readonly name: string;
  /** Least time in the state that saves energy, in microseconds. */
  readonly minResidency: number;
  /** Longest time to leave the state, in microseconds. */
  readonly wakeLatency: number;
  /** May be used; default true. */
  readonly enabled?: boolean;
  /** What of the architecture's context is lost: on Arm bit 0 core, 1 trace, 2 GIC redistributor, 3 ITS. */
  readonly contextLost?: number;
  /** Index in the level above of the deepest state that may go with this one; 0 for none. */
  readonly parentState?: number;
  /** `psci`: power_state of CPU_SUSPEND; `wfi`: the instruction; a number goes into the sum of the levels. */
  readonly entry: { readonly psci: number } | 'wfi' | number;
}

/** Value of a Register that is not there. */
const NONE = { addressSpace: AddressSpace.SystemMemory } as const;
/** Address of the WFI instruction among the fixed functions of Arm. */
const WFI = 0xffff_ffffn;

function fixedFunction(address: bigint): Aml {
  const addressSpace = AddressSpace.FunctionalFixedHardware;
  return ResourceTemplate(Register({ addressSpace, bitWidth: 32, accessSize: AccessSize.DWord, address }));
}

function entryMethod(entry: LowPowerIdleState['entry']): Value {
  if (typeof entry === 'number') return entry;
  return fixedFunction(entry === 'wfi' ? WFI : BigInt(entry.psci));
}

/** _LPI of a processor or container. @param level its id in the hierarchy, 0 where there is one level. */
export function LowPowerIdleStates(states: readonly LowPowerIdleState[], level = 0): Aml {
  const none = ResourceTemplate(Register(NONE));
  return Name('_LPI', [
    0,
    level,
    states.length,
    ...states.map(
      ({ name, minResidency, wakeLatency, enabled = true, contextLost = 0, parentState = 0, entry }) => [
        minResidency,
        wakeLatency,
        enabled ? 1 : 0,
        contextLost,
        0,
        parentState,
        entryMethod(entry),
        none,
        none,
        name,
      ],
    ),
  ]);
}
