/** The instruction entries of an ERST, made from the registers that stand behind it. */

import { type Encodable, struct, u32, u64 } from '../struct.ts';
import { memoryRegister } from '../tables/gas.ts';
import { ErstAction, type ErstEntry, ErstRangeAttributes, ErstStatus } from './erst.ts';
import { ExecuteTimings, type Register, read, set, test, write } from './instruction.ts';

type Entry = Encodable<typeof ErstEntry>;

/** Registers that records are stored by, one for each thing. */
export interface ErstRegisters {
  /** Takes the number of the operation: that of the action BEGIN_..., or of END. */
  readonly operation: Register;
  /** A write of `executeValue` executes the operation. */
  readonly execute: Register;
  /** @default 1 */
  readonly executeValue?: bigint | undefined;
  /** Bit 0 is set as long as it takes. */
  readonly busy: Register;
  /** How it ended: one of `ErstStatus`. */
  readonly status: Register;
  /** Takes the offset of the record in the error log range. */
  readonly recordOffset: Register;
  /** 64 bits: takes the id of the record to read or clear. */
  readonly recordId: Register;
  /** 64 bits: gives the id of the next record; all ones where there is none. */
  readonly nextRecordId: Register;
  readonly recordCount: Register;
  /** 64 bits: GPA of the error log range, by which records are handed over. */
  readonly rangeAddress: Register;
  /** 64 bits: its length in bytes. */
  readonly rangeLength: Register;
  /** `ErstRangeAttributes`. */
  readonly rangeAttributes: Register;
  /** How long an operation takes: `ExecuteTimings`. */
  readonly timings?: Register | undefined;
}

/**
 * The registers of an ERST in memory, in one block of 64 bytes; all but the one that executes. Of the block's layout the
 * specification says nothing.
 */
export const ErstBlock = struct(
  'ERST register block',
  {
    recordId: u64.default(0n).doc('Record to read or clear'),
    nextRecordId: u64.default(0xffff_ffff_ffff_ffffn).doc('Next record; all ones: there is none'),
    rangeAddress: u64.default(0n).doc('GPA of the error log range'),
    rangeLength: u64.default(0n).doc('Bytes of the error log range'),
    timings: ExecuteTimings.default({ nominal: 0, maximum: 0 }).doc('How long an operation takes'),
    operation: u32.values(ErstAction).default(ErstAction.EndOperation).doc('Operation that has begun'),
    recordOffset: u32.default(0).doc('Where the record stands in the error log range'),
    recordCount: u32.default(0).doc('Records in the store'),
    rangeAttributes: ErstRangeAttributes.default({}).doc('Attributes of the error log range'),
    busy: u32.default(0).doc('Bit 0: an operation is under way'),
    status: u32.values(ErstStatus).default(ErstStatus.Success).doc('How the last operation ended'),
  },
  { source: 'rasvm' },
);

/** The registers of an `ErstBlock` at this GPA, a multiple of 8. */
export function erstRegisters(base: bigint | number): Omit<ErstRegisters, 'execute'> {
  const at = (name: Parameters<typeof ErstBlock.field>[0], bitWidth: 32 | 64) =>
    memoryRegister(BigInt(base) + BigInt(ErstBlock.field(name).offset), bitWidth);
  return {
    operation: at('operation', 32),
    busy: at('busy', 32),
    status: at('status', 32),
    recordOffset: at('recordOffset', 32),
    recordId: at('recordId', 64),
    nextRecordId: at('nextRecordId', 64),
    recordCount: at('recordCount', 32),
    rangeAddress: at('rangeAddress', 64),
    rangeLength: at('rangeLength', 64),
    rangeAttributes: at('rangeAttributes', 32),
    timings: at('timings', 64),
  };
}

/**
 * The entries of every action, as OSPMs look for them.
 *
 * @example
 * Erst.encode({
 *   entries: erstActions({ ...erstRegisters(0x5ff8_0000), execute: memoryRegister(0x0909_0010, 32) }),
 * });
 */
export function erstActions(registers: ErstRegisters): Entry[] {
  const { operation, execute, executeValue = 1n, timings } = registers;
  const begin = (action: number): Entry => ({ action, ...set(operation, BigInt(action)) });
  const entries: Entry[] = [
    begin(ErstAction.BeginWriteOperation),
    begin(ErstAction.BeginReadOperation),
    begin(ErstAction.BeginClearOperation),
    begin(ErstAction.EndOperation),
    { action: ErstAction.SetRecordOffset, ...write(registers.recordOffset) },
    { action: ErstAction.ExecuteOperation, ...set(execute, executeValue) },
    { action: ErstAction.CheckBusyStatus, ...test(registers.busy, 1n, 1n) },
    { action: ErstAction.GetCommandStatus, ...read(registers.status) },
    { action: ErstAction.GetRecordIdentifier, ...read(registers.nextRecordId) },
    { action: ErstAction.SetRecordIdentifier, ...write(registers.recordId) },
    { action: ErstAction.GetRecordCount, ...read(registers.recordCount) },
    begin(ErstAction.BeginDummyWriteOperation),
    { action: ErstAction.GetErrorLogAddressRange, ...read(registers.rangeAddress) },
    { action: ErstAction.GetErrorLogAddressRangeLength, ...read(registers.rangeLength) },
    { action: ErstAction.GetErrorLogAddressRangeAttributes, ...read(registers.rangeAttributes) },
  ];
  if (timings !== undefined)
    entries.push({ action: ErstAction.GetExecuteOperationTimings, ...read(timings) });
  return entries;
}

/** Two registers, as QEMU's acpi-erst device has them. */
export interface ErstCommandRegisters {
  /** GPA of a register of 32 bits that takes the number of an action, and so carries it out. */
  readonly action: bigint | number;
  /** GPA of a register of 64 bits that holds what the action takes or gives. */
  readonly value: bigint | number;
  /** What EXECUTE_OPERATION takes. @default 0x9c, QEMU's */
  readonly executeValue?: bigint | undefined;
}

/** The entries of a device that is told the number of each action: the same as QEMU's. */
export function erstCommandActions(registers: ErstCommandRegisters): Entry[] {
  const actionRegister = memoryRegister(registers.action, 32);
  const value32 = memoryRegister(registers.value, 32);
  const value64 = memoryRegister(registers.value, 64);
  const tell = (action: number): Entry => ({ action, ...set(actionRegister, BigInt(action)) });
  const take = (action: number, instruction: Omit<Entry, 'action'>) => [
    { action, ...instruction },
    tell(action),
  ];
  const give = (action: number, instruction: Omit<Entry, 'action'>) => [
    tell(action),
    { action, ...instruction },
  ];
  return [
    tell(ErstAction.BeginWriteOperation),
    tell(ErstAction.BeginReadOperation),
    tell(ErstAction.BeginClearOperation),
    tell(ErstAction.EndOperation),
    ...take(ErstAction.SetRecordOffset, write(value32)),
    ...take(ErstAction.ExecuteOperation, set(value32, registers.executeValue ?? 0x9cn)),
    ...give(ErstAction.CheckBusyStatus, test(value32, 1n)),
    ...give(ErstAction.GetCommandStatus, read(value32)),
    ...give(ErstAction.GetRecordIdentifier, read(value64)),
    ...take(ErstAction.SetRecordIdentifier, write(value64)),
    ...give(ErstAction.GetRecordCount, read(value32)),
    tell(ErstAction.BeginDummyWriteOperation),
    ...give(ErstAction.GetErrorLogAddressRange, read(value64)),
    ...give(ErstAction.GetErrorLogAddressRangeLength, read(value64)),
    ...give(ErstAction.GetErrorLogAddressRangeAttributes, read(value32)),
    ...give(ErstAction.GetExecuteOperationTimings, read(value64)),
  ];
}
