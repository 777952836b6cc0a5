/** An OSPM's interpreter of EINJ and ERST entries, as ACPI 6.5, 18.5.1.3 describes the instructions, on a memory. */

import assert from 'node:assert/strict';
import type { Decoded, EinjEntry } from '@rasvm/acpi';

type Entry = Decoded<typeof EinjEntry>;

export interface Memory {
  read(address: bigint, bitWidth: number): bigint;
  write(address: bigint, bitWidth: number, value: bigint): void;
}

/** Plain memory, with a hook for the register that makes something happen. */
export function memoryAt(
  base: bigint,
  bytes: Uint8Array,
  written?: (address: bigint, value: bigint) => void,
): Memory {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isIn = (address: bigint) => address >= base && address < base + BigInt(bytes.byteLength);
  return {
    read(address, bitWidth) {
      assert.ok(isIn(address), `read of 0x${address.toString(16)}`);
      const at = Number(address - base);
      return bitWidth === 64 ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true));
    },
    write(address, bitWidth, value) {
      if (isIn(address)) {
        const at = Number(address - base);
        if (bitWidth === 64) view.setBigUint64(at, value, true);
        else view.setUint32(at, Number(value), true);
      } else if (written === undefined) assert.fail(`write of 0x${address.toString(16)}`);
      written?.(address, value);
    },
  };
}

/** Runs an action's instructions with what it takes; gives its result. */
export function run(entries: readonly Entry[], action: number, memory: Memory, given = 0n): bigint {
  const own = entries.filter((entry) => entry.action === action);
  assert.ok(own.length > 0, `no action ${action}`);
  let result = 0n;
  for (const { instruction, register, value, mask } of own) {
    const { address, bitWidth, bitOffset, addressSpace } = register;
    if (instruction === 4) continue;
    assert.equal(addressSpace, 0);
    const found = () => (memory.read(address, bitWidth) >> BigInt(bitOffset)) & mask;
    if (instruction === 0) result = found();
    else if (instruction === 1) result = found() === (value & mask) ? 1n : 0n;
    else if (instruction === 2) memory.write(address, bitWidth, given & mask);
    else if (instruction === 3) memory.write(address, bitWidth, value & mask);
    else assert.fail(`instruction ${instruction}`);
  }
  return result;
}
