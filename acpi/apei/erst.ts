/** Error Record Serialization Table: ACPI 6.5, section 18.5. */

import { bits, flag, list, u32 } from '../struct.ts';
import { table } from '../tables/header.ts';
import { instructionEntry } from './instruction.ts';

/** Serialization actions, section 18.5.1.1. */
export const ErstAction = {
  BeginWriteOperation: 0x0,
  BeginReadOperation: 0x1,
  BeginClearOperation: 0x2,
  EndOperation: 0x3,
  SetRecordOffset: 0x4,
  ExecuteOperation: 0x5,
  CheckBusyStatus: 0x6,
  GetCommandStatus: 0x7,
  GetRecordIdentifier: 0x8,
  SetRecordIdentifier: 0x9,
  GetRecordCount: 0xa,
  BeginDummyWriteOperation: 0xb,
  GetErrorLogAddressRange: 0xd,
  GetErrorLogAddressRangeLength: 0xe,
  GetErrorLogAddressRangeAttributes: 0xf,
  GetExecuteOperationTimings: 0x10,
} as const;

/** Serialization instructions, section 18.5.1.3. */
export const ErstInstruction = {
  ReadRegister: 0x00,
  ReadRegisterValue: 0x01,
  WriteRegister: 0x02,
  WriteRegisterValue: 0x03,
  Noop: 0x04,
  LoadVar1: 0x05,
  LoadVar2: 0x06,
  StoreVar1: 0x07,
  Add: 0x08,
  Subtract: 0x09,
  AddValue: 0x0a,
  SubtractValue: 0x0b,
  Stall: 0x0c,
  StallWhileTrue: 0x0d,
  SkipNextInstructionIfTrue: 0x0e,
  Goto: 0x0f,
  SetSourceAddressBase: 0x10,
  SetDestinationAddressBase: 0x11,
  MoveData: 0x12,
} as const;

/** What GET_COMMAND_STATUS gives, section 18.5.1.1. */
export const ErstStatus = {
  Success: 0,
  NotEnoughSpace: 1,
  HardwareNotAvailable: 2,
  Failed: 3,
  RecordStoreEmpty: 4,
  RecordNotFound: 5,
} as const;

/** What GET_ERROR_LOG_ADDRESS_RANGE_ATTRIBUTES gives. Linux does not serve a range that is non-volatile. */
export const ErstRangeAttributes = bits(32, {
  nonVolatile: flag(1, 'The range is non-volatile itself'),
  slow: flag(2, 'Access to the store is slow: see the timings'),
});

/** Serialization instruction entry: 32 bytes. */
export const ErstEntry = instructionEntry(
  'Serialization instruction entry',
  ErstAction,
  ErstInstruction,
  'ACPI 6.5, 18.5.1.2',
);

/** Bytes before the entries. */
const HEADER_SIZE = 48;

export const Erst = table(
  'ERST',
  1,
  {
    headerSize: u32.default(HEADER_SIZE).doc('Bytes before the entries; Linux takes 48 and 12'),
    reserved: u32.reserved(),
    entryCount: u32.countOf('entries').doc('Number of instruction entries'),
    entries: list(ErstEntry).doc('Instructions, each action with its own in the order in which they run'),
  },
  { title: 'Error Record Serialization Table', source: 'ACPI 6.5, 18.5.1' },
);
