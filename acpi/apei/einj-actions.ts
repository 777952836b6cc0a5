/** The instruction entries of an EINJ, made from the registers that stand behind it. */

import { bytes, type Encodable, struct, u32, u64 } from '../struct.ts';
import { memoryRegister } from '../tables/gas.ts';
import { EinjAction, type EinjEntry, EinjInstruction, EinjStatus } from './einj.ts';
import { EinjErrorTypes, EinjV2ErrorTypes, SetErrorTypeWithAddress } from './einj-memory.ts';
import { ExecuteTimings, type Register, read, set, test, write } from './instruction.ts';

type Entry = Encodable<typeof EinjEntry>;

/** Registers that errors are injected by. */
export interface EinjRegisters {
  /** Where what to inject is put (`SetErrorTypeWithAddress`). Linux copies it there whole. */
  readonly parameters: Register;
  /** A write of `executeValue` injects. */
  readonly execute: Register;
  /** @default 1 */
  readonly executeValue?: bigint | undefined;
  /** Bit 0 is set as long as it takes. */
  readonly busy: Register;
  /** How it ended: one of `EinjStatus`. */
  readonly status: Register;
  /** The types that can be injected: `EinjErrorTypes`. */
  readonly errorTypes: Register;
  /** 64 bits: where the trigger error action table stands (`EinjTrigger`). */
  readonly triggerTable: Register;
  /** How long it takes: `ExecuteTimings`. */
  readonly timings?: Register | undefined;
  /** With EINJv2: the types that it can inject (`EinjV2ErrorTypes`). */
  readonly v2ErrorTypes?: Register | undefined;
}

/**
 * The registers of an EINJ in memory, in one block of 100 bytes; all but the one that executes. Of the block's layout the
 * specification says nothing.
 */
export const EinjBlock = struct(
  'EINJ register block',
  {
    triggerTable: u64.default(0n).doc('GPA of the trigger error action table'),
    timings: ExecuteTimings.default({ nominal: 0, maximum: 0 }).doc('How long an injection takes'),
    errorTypes: EinjErrorTypes.default({}).doc('Types that can be injected'),
    v2ErrorTypes: EinjV2ErrorTypes.default({}).doc('Types that EINJv2 can inject'),
    busy: u32.default(0).doc('Bit 0: an injection is under way'),
    status: u32.values(EinjStatus).default(EinjStatus.Success).doc('How the last injection ended'),
    reserved: bytes(32).reserved(),
    parameters: SetErrorTypeWithAddress.default({ errorType: {} }).doc('What to inject'),
  },
  { source: 'rasvm' },
);

/**
 * The registers of an `EinjBlock` at this GPA, a multiple of 8.
 * @param options.v2 with EINJv2, for which `SetErrorTypeWithAddressV2` stands in the place of `parameters`.
 */
export function einjRegisters(
  base: bigint | number,
  options: { readonly v2?: boolean } = {},
): Omit<EinjRegisters, 'execute'> {
  const at = (name: Parameters<typeof EinjBlock.field>[0], bitWidth: 32 | 64) =>
    memoryRegister(BigInt(base) + BigInt(EinjBlock.field(name).offset), bitWidth);
  return {
    parameters: at('parameters', 32),
    busy: at('busy', 32),
    status: at('status', 32),
    errorTypes: at('errorTypes', 32),
    triggerTable: at('triggerTable', 64),
    timings: at('timings', 64),
    ...(options.v2 ? { v2ErrorTypes: at('v2ErrorTypes', 32) } : {}),
  };
}

/**
 * The entries of every action, as OSPMs look for them.
 *
 * @example
 * Einj.encode({
 *   entries: einjActions({ ...einjRegisters(0x5ff8_0000), execute: memoryRegister(0x0909_0000, 32) }),
 * });
 */
export function einjActions(registers: EinjRegisters): Entry[] {
  const { parameters, execute, executeValue = 1n, timings, v2ErrorTypes } = registers;
  const entries: Entry[] = [
    { action: EinjAction.BeginInjectionOperation, instruction: EinjInstruction.Noop },
    { action: EinjAction.GetTriggerErrorActionTable, ...read(registers.triggerTable) },
    { action: EinjAction.SetErrorType, ...write(parameters) },
    { action: EinjAction.GetErrorType, ...read(registers.errorTypes) },
    { action: EinjAction.EndOperation, instruction: EinjInstruction.Noop },
    { action: EinjAction.ExecuteOperation, ...set(execute, executeValue) },
    { action: EinjAction.CheckBusyStatus, ...test(registers.busy, 1n, 1n) },
    { action: EinjAction.GetCommandStatus, ...read(registers.status) },
    { action: EinjAction.SetErrorTypeWithAddress, ...write(parameters) },
  ];
  if (timings !== undefined)
    entries.push({ action: EinjAction.GetExecuteOperationTimings, ...read(timings) });
  if (v2ErrorTypes !== undefined)
    entries.push(
      { action: EinjAction.EinjV2SetErrorType, ...write(parameters) },
      { action: EinjAction.EinjV2GetErrorType, ...read(v2ErrorTypes) },
    );
  return entries;
}
