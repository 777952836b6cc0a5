/** The ERST of a machine that stores error records, and the registers in memory behind it. */

import { Erst } from '../apei/erst.ts';
import { ErstBlock, erstActions, erstRegisters } from '../apei/erst-actions.ts';
import { memoryRegister } from '../tables/gas.ts';
import type { Machine } from './description.ts';
import { headerNames } from './names.ts';
import type { MemoryContent } from './record-area.ts';

export function erstOf(machine: Machine): Uint8Array | undefined {
  const store = machine.errors?.store;
  if (store === undefined) return undefined;
  const registers = erstRegisters(BigInt(store.registers));
  const execute = memoryRegister(BigInt(store.execute), 32);
  return Erst.encode({ ...headerNames(machine), entries: erstActions({ ...registers, execute }) });
}

/** The register block of a store without a record. */
export function erstMemory({ errors }: Machine): MemoryContent[] {
  if (errors?.store === undefined) return [];
  const { registers, records } = errors.store;
  const bytes = ErstBlock.encode({
    rangeAddress: BigInt(records.base),
    rangeLength: BigInt(records.size),
  });
  return [{ name: 'erst', address: BigInt(registers), bytes }];
}
