/** Error Injection table: ACPI 6.5, section 18.6, with EINJv2. */

import { bytes, list, u8, u32 } from '../struct.ts';
import { table } from '../tables/header.ts';
import { instructionEntry } from './instruction.ts';

/** Injection actions, section 18.6.1. */
export const EinjAction = {
  BeginInjectionOperation: 0x00,
  GetTriggerErrorActionTable: 0x01,
  SetErrorType: 0x02,
  GetErrorType: 0x03,
  EndOperation: 0x04,
  ExecuteOperation: 0x05,
  CheckBusyStatus: 0x06,
  GetCommandStatus: 0x07,
  SetErrorTypeWithAddress: 0x08,
  GetExecuteOperationTimings: 0x09,
  EinjV2SetErrorType: 0x10,
  EinjV2GetErrorType: 0x11,
  TriggerError: 0xff,
} as const;

/** Injection instructions, section 18.6.3. */
export const EinjInstruction = {
  ReadRegister: 0,
  ReadRegisterValue: 1,
  WriteRegister: 2,
  WriteRegisterValue: 3,
  Noop: 4,
  FlushCacheline: 5,
} as const;

/** What GET_COMMAND_STATUS gives, section 18.6.1. */
export const EinjStatus = { Success: 0, UnknownFailure: 1, InvalidAccess: 2 } as const;

/** Injection instruction entry: 32 bytes. */
export const EinjEntry = instructionEntry(
  'Injection instruction entry',
  EinjAction,
  EinjInstruction,
  'ACPI 6.5, 18.6.2',
);

/** Bytes before the entries. */
const HEADER_SIZE = 48;

export const Einj = table(
  'EINJ',
  1,
  {
    headerSize: u32.default(HEADER_SIZE).doc('Bytes before the entries; Linux takes 48 and 12'),
    flags: u8.reserved(),
    reserved: bytes(3).reserved(),
    entryCount: u32.countOf('entries').doc('Number of instruction entries'),
    entries: list(EinjEntry).doc('Instructions, each action with its own in the order in which they run'),
  },
  { title: 'Error Injection table', source: 'ACPI 6.5, 18.6.1' },
);
