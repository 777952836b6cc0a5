/** Every table that a machine's description has something for. */

import { type AssembledTables, assemble, type TableBuilder } from './assemble.ts';
import { bertOf } from './bert.ts';
import { cedtOf } from './cedt.ts';
import { dbg2Of } from './dbg2.ts';
import type { Machine } from './description.ts';
import { dsdtOf } from './dsdt.ts';
import { einjMemory, einjOf } from './einj.ts';
import { erstMemory, erstOf } from './erst.ts';
import { fadtOf } from './fadt.ts';
import { gtdtOf } from './gtdt.ts';
import { hestOf } from './hest.ts';
import { iortOf } from './iort.ts';
import { madtOf } from './madt.ts';
import { mcfgOf } from './mcfg.ts';
import { ppttOf } from './pptt.ts';
import { type MemoryContent, recordMemory } from './record-area.ts';
import { sdeiOf } from './sdei.ts';
import { slitOf } from './slit.ts';
import { spcrOf } from './spcr.ts';
import { sratOf } from './srat.ts';

const BUILDERS: readonly TableBuilder[] = [
  madtOf,
  gtdtOf,
  ppttOf,
  sratOf,
  slitOf,
  mcfgOf,
  iortOf,
  spcrOf,
  dbg2Of,
  hestOf,
  bertOf,
  einjOf,
  erstOf,
  sdeiOf,
  cedtOf,
];

export interface MachineTables extends AssembledTables {
  readonly memory: readonly MemoryContent[];
}

/** @throws AcpiError VALUE where the description contradicts itself, with the member */
export function buildMachine(machine: Machine): MachineTables {
  return {
    ...assemble(machine, dsdtOf(machine), fadtOf, BUILDERS),
    memory: [...recordMemory(machine), ...einjMemory(machine), ...erstMemory(machine)],
  };
}
