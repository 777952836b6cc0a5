/** Rules that EINJ and ERST share: their instruction entries. ACPI 6.5, sections 18.5.1.2 and 18.6.2; apei-base.c. */

import type { EinjEntry } from '../../apei/einj.ts';
import type { Names } from '../../codec.ts';
import type { Decoded } from '../../struct.ts';
import { ALL_KERNELS, kinds } from '../finding.ts';
import { accessBits, checkLinuxRegister } from '../gas.ts';
import type { Report } from '../report.ts';

export const INSTRUCTION = kinds('specification', 'ACPI 6.5, 18.5.1.2 and 18.6.2', {
  INSTRUCTION_MASK_WIDTH: { severity: 'error', meaning: 'A mask has bits beyond the width of its register' },
  INSTRUCTION_VALUE_WIDTH: { severity: 'warning', meaning: 'A value has bits that its mask takes away' },
  INSTRUCTION_MASK_ZERO: {
    severity: 'warning',
    meaning: 'A register is accessed with a mask that leaves no bit',
  },
  INSTRUCTION_PRESERVE: {
    severity: 'warning',
    meaning: 'PRESERVE_REGISTER stands with an instruction that writes no register',
  },
  INSTRUCTION_NO_REGISTER: { severity: 'error', meaning: 'An instruction accesses a register at address 0' },
  INSTRUCTION_DIRECTION: {
    severity: 'error',
    meaning:
      'An action that gives a value has no instruction that reads one, or one that takes a value none that writes',
  },
  ACTION_MISSING: { severity: 'error', meaning: 'An action that must be there has no instruction' },
  INSTRUCTION_HEADER_SIZE: {
    severity: 'warning',
    meaning: 'The header size is not the bytes before the entries',
  },
});

export const LINUX_INSTRUCTION = kinds('linux', 'Linux drivers/acpi/apei/apei-base.c', {
  LINUX_INSTRUCTION_UNKNOWN: {
    severity: 'error',
    meaning:
      'One instruction that the interpreter does not know keeps the whole table from use ("Invalid action table, unknown instruction type")',
    kernels: ALL_KERNELS,
  },
  LINUX_INSTRUCTION_HEADER_SIZE: {
    severity: 'error',
    meaning: 'A table whose header size is neither 48 nor 12 is not used',
    kernels: ALL_KERNELS,
  },
  LINUX_INSTRUCTION_COUNT: {
    severity: 'error',
    meaning: 'A table whose entry count is not what its length has room for is not used',
    kernels: ALL_KERNELS,
  },
  LINUX_ACTION_MISSING: {
    severity: 'error',
    meaning: 'An action that the driver runs has no instruction: the operation fails with ENOENT',
    kernels: ALL_KERNELS,
  },
});

export type Entry = Decoded<typeof EinjEntry>;

/** Numbers of the instructions that access a register, the same for both tables. */
const READS = [0, 1];
const WRITES = [2, 3];

export interface Rules {
  readonly actions: Names;
  /** Names of actions that must be there, by the specification. */
  readonly needed: readonly string[];
  /** Names of actions that give a value. */
  readonly giving: readonly string[];
  /** Names of actions that take a value. */
  readonly taking: readonly string[];
  /** Names of actions that the driver of Linux cannot do without. */
  readonly linuxNeeds: readonly string[];
  /** Instructions that Linux knows are below this number. */
  readonly linuxInstructions: number;
  /** Beside the two that both tables have, the instructions that access a register. */
  readonly accesses: readonly number[];
  /** What the kernel prints of a table that it does not use. */
  readonly refusal: string;
}

interface Table {
  readonly headerSize: number;
  readonly entryCount?: number | undefined;
  readonly entries: readonly Entry[];
}

const HEADER_SIZE = 48;

export function checkInstructions(report: Report, table: Table, rules: Rules): void {
  const { entries, headerSize } = table;
  if (headerSize !== HEADER_SIZE)
    report.tell(INSTRUCTION.INSTRUCTION_HEADER_SIZE, 'headerSize', `is ${headerSize}, not ${HEADER_SIZE}`);
  if (headerSize !== HEADER_SIZE && headerSize !== HEADER_SIZE - 36)
    report.tell(
      LINUX_INSTRUCTION.LINUX_INSTRUCTION_HEADER_SIZE,
      'headerSize',
      `${headerSize}: "${rules.refusal}"`,
    );
  const count = table.entryCount ?? entries.length;
  const room = Math.floor((report.bytes.byteLength - HEADER_SIZE) / 32);
  if (count !== room)
    report.tell(
      LINUX_INSTRUCTION.LINUX_INSTRUCTION_COUNT,
      'entryCount',
      `${count} are counted, there is room for ${room}: "${rules.refusal}"`,
    );
  for (const [i, entry] of entries.entries()) checkEntry(report, `entries[${i}]`, entry, rules);
  checkActions(report, entries, rules);
}

function checkEntry(report: Report, path: string, entry: Entry, rules: Rules): void {
  const { instruction, register, mask, value, flags } = entry;
  const accesses = READS.includes(instruction) || WRITES.includes(instruction);
  if (flags.preserveRegister && !WRITES.includes(instruction))
    report.tell(INSTRUCTION.INSTRUCTION_PRESERVE, `${path}.flags`, `is set with instruction ${instruction}`);
  if (accesses) {
    if (register.address === 0n)
      report.tell(INSTRUCTION.INSTRUCTION_NO_REGISTER, `${path}.register.address`, 'is 0');
    const bits = register.bitWidth || accessBits(register);
    if (bits > 0 && bits < 64 && mask >> BigInt(bits) !== 0n && mask !== 0xffff_ffff_ffff_ffffn)
      report.tell(
        INSTRUCTION.INSTRUCTION_MASK_WIDTH,
        `${path}.mask`,
        `0x${mask.toString(16)} has bits beyond the ${bits} of the register`,
      );
    if (mask === 0n) report.tell(INSTRUCTION.INSTRUCTION_MASK_ZERO, `${path}.mask`, 'is 0');
    else if ((instruction === 1 || instruction === 3) && (value & ~mask) !== 0n)
      report.tell(
        INSTRUCTION.INSTRUCTION_VALUE_WIDTH,
        `${path}.value`,
        `0x${value.toString(16)} has bits that are not in the mask 0x${mask.toString(16)}`,
      );
  }
  if (instruction >= rules.linuxInstructions)
    report.tell(
      LINUX_INSTRUCTION.LINUX_INSTRUCTION_UNKNOWN,
      `${path}.instruction`,
      `${instruction}: "Invalid action table, unknown instruction type: ${instruction}"`,
    );
  else if (accesses || rules.accesses.includes(instruction))
    checkLinuxRegister(report, `${path}.register`, register);
}

function checkActions(report: Report, entries: readonly Entry[], rules: Rules): void {
  const of = (name: string) => entries.filter(({ action }) => action === rules.actions[name]);
  for (const name of rules.needed)
    if (of(name).length === 0)
      report.tell(INSTRUCTION.ACTION_MISSING, `entries.${name}`, `${name} (${rules.actions[name]}) has none`);
  for (const name of rules.linuxNeeds)
    if (of(name).length === 0)
      report.tell(
        LINUX_INSTRUCTION.LINUX_ACTION_MISSING,
        `entries.${name}`,
        `${name} (${rules.actions[name]}) has none`,
      );
  for (const [names, numbers, verb] of [
    [rules.giving, READS, 'reads'],
    [rules.taking, WRITES, 'writes'],
  ] as const)
    for (const name of names) {
      const own = of(name);
      // Arithmetic and moves of the ERST may give a value too.
      if (own.length === 0 || own.some(({ instruction }) => numbers.includes(instruction) || instruction > 4))
        continue;
      const index = entries.indexOf(own[0]!);
      report.tell(
        INSTRUCTION.INSTRUCTION_DIRECTION,
        `entries[${index}].instruction`,
        `none of the instructions of ${name} ${verb} a register`,
      );
    }
}
