/** Processors and containers of processors: ACPI 6.5, sections 8.4 and 8.4.2. */

import { Device } from '../statement.ts';
import type { Aml } from '../term.ts';
import { identity } from './identity.ts';
import { type LowPowerIdleState, LowPowerIdleStates } from './low-power-idle.ts';

export interface ProcessorOptions {
  /** As the MADT and PPTT have it. */
  readonly uid: number;
  /** Idle states of the processor or container itself; without, there is no _LPI. */
  readonly idleStates?: readonly LowPowerIdleState[];
}

function processor(
  path: string,
  hid: string,
  { uid, idleStates }: ProcessorOptions,
  level: number,
  terms: readonly Aml[],
): Aml {
  const lpi = idleStates === undefined ? [] : [LowPowerIdleStates(idleStates, level)];
  return Device(path, ...identity(hid, uid), ...lpi, ...terms);
}

/** ACPI0007. */
export function ProcessorDevice(path: string, options: ProcessorOptions, ...terms: readonly Aml[]): Aml {
  return processor(path, 'ACPI0007', options, 0, terms);
}

/** ACPI0010: a cluster or package, with its processors as terms. */
export function ProcessorContainer(path: string, options: ProcessorOptions, ...terms: readonly Aml[]): Aml {
  return processor(path, 'ACPI0010', options, 1, terms);
}
