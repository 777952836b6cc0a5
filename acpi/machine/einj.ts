/** The EINJ of a machine whose firmware injects errors, and what stands in memory behind it. */

import { Einj } from '../apei/einj.ts';
import { EinjBlock, einjActions, einjRegisters } from '../apei/einj-actions.ts';
import { EinjTrigger } from '../apei/einj-memory.ts';
import { memoryRegister } from '../tables/gas.ts';
import type { Machine } from './description.ts';
import { headerNames } from './names.ts';
import type { MemoryContent } from './record-area.ts';

export function einjOf(machine: Machine): Uint8Array | undefined {
  const injection = machine.errors?.injection;
  if (injection === undefined) return undefined;
  const registers = einjRegisters(BigInt(injection.parameters));
  const execute = memoryRegister(BigInt(injection.execute), 32);
  return Einj.encode({ ...headerNames(machine), entries: einjActions({ ...registers, execute }) });
}

/** The register block, and behind it a trigger table with nothing to do: what was injected shows by itself. */
export function einjMemory({ errors }: Machine): MemoryContent[] {
  if (errors?.injection === undefined) return [];
  const base = BigInt(errors.injection.parameters);
  const trigger = EinjTrigger.encode({});
  const triggerAt = Math.ceil(EinjBlock.size / 8) * 8;
  const bytes = new Uint8Array(triggerAt + trigger.length);
  EinjBlock.encodeInto(bytes, 0, {
    triggerTable: base + BigInt(triggerAt),
    errorTypes: { memoryCorrectable: true, memoryUncorrectable: true, memoryFatal: true },
  });
  bytes.set(trigger, triggerAt);
  return [{ name: 'einj', address: base, bytes }];
}
