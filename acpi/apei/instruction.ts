/** Instruction entries of EINJ and ERST: ACPI 6.5, sections 18.5.1.2 and 18.6.2 (tables 18.22 and 18.28). */

import { bits, type Encodable, flag, type Names, struct, u8, u32, u64 } from '../struct.ts';
import { Gas } from '../tables/gas.ts';

/** A register; see `memoryRegister`. */
export type Register = Encodable<typeof Gas>;

/** An entry of 32 bytes, for actions and instructions with these numbers. */
export function instructionEntry<const A extends Names, const I extends Names>(
  name: string,
  actions: A,
  instructions: I,
  source: string,
) {
  return struct(
    name,
    {
      action: u8.values(actions).doc('Action that the instruction is part of'),
      instruction: u8.values(instructions).doc('What is done'),
      flags: bits(8, {
        preserveRegister: flag(0, 'PRESERVE_REGISTER: a write keeps the bits outside the mask'),
      })
        .default({})
        .doc('How it is done'),
      reserved: u8.reserved(),
      register: Gas.default({}).doc('Register that is read or written'),
      value: u64.default(0n).doc('What is compared with, or written'),
      mask: u64.default(0n).doc('Bits of the register that count, after the bit offset'),
    },
    { source },
  );
}

/** How long EXECUTE_OPERATION takes, as GET_EXECUTE_OPERATION_TIMINGS gives it. */
export const ExecuteTimings = struct(
  'Execute operation timings',
  {
    nominal: u32.doc('Usual time in microseconds'),
    maximum: u32.doc('Longest time in microseconds'),
  },
  { source: 'ACPI 6.5, 18.5.1.1' },
);

/** Numbers that EINJ and ERST share. */
const READ_REGISTER = 0;
const READ_REGISTER_VALUE = 1;
const WRITE_REGISTER = 2;
const WRITE_REGISTER_VALUE = 3;

function maskOf({ bitWidth = 0 }: Register): bigint {
  return (1n << BigInt(bitWidth)) - 1n;
}

/** The action's result is what the register holds. */
export function read(register: Register) {
  return { instruction: READ_REGISTER, register, mask: maskOf(register) };
}

/** The action's result is whether the register, masked, holds this value. */
export function test(register: Register, value: bigint, mask = maskOf(register)) {
  return { instruction: READ_REGISTER_VALUE, register, value, mask };
}

/** Writes what the guest has for the action. */
export function write(register: Register) {
  return { instruction: WRITE_REGISTER, register, mask: maskOf(register) };
}

/** Writes this value. */
export function set(register: Register, value: bigint) {
  return { instruction: WRITE_REGISTER_VALUE, register, value, mask: maskOf(register) };
}
