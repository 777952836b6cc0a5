/** CXL DRAM event section: UEFI 2.11, appendix N.2.14; CXL 3.2, 8.2.10.2.1.2. */

import { array, bytes, struct, u8, u16, u24, u64 } from '../struct.ts';
import {
  CXL_EVENT_HEADER,
  CxlMemoryEventDescriptor,
  CxlMemoryEventSubType,
  CxlPldmComponentId,
  CxlThresholdFlags,
  CxlTransactionType,
  cxlEventSection,
} from './cxl-event.ts';

export const CXL_DRAM_EVENT = '601dcbb3-9c06-4eab-b8af-4e9bfb5c9624';

export const CxlDramEventType = {
  MediaEcc: 0,
  ScrubMediaEcc: 1,
  InvalidAddress: 2,
  DataPath: 3,
  TeStateViolation: 4,
  CounterExpiration: 5,
  CkidViolation: 6,
} as const;

/** 112 bytes. What is given of the members that validityFlags knows is marked valid. */
export const CxlDramEvent = struct(
  'CXL DRAM event record',
  {
    ...CXL_EVENT_HEADER,
    physicalAddress: u64
      .default(0n)
      .doc('Address in the device; bit 0: volatile memory, bit 1: not repairable, bits 2 to 5 reserved'),
    descriptor: CxlMemoryEventDescriptor.default({}).doc('Kind of memory event'),
    eventType: u8.values(CxlDramEventType).default(0).doc('What happened'),
    transactionType: u8.values(CxlTransactionType).default(0).doc('What was being done'),
    validityFlags: u16.validation().doc('Which members hold something'),
    channel: u8.validBy(0).doc('Channel of the memory'),
    rank: u8.validBy(1).doc('Rank on the channel'),
    nibbleMask: u24.validBy(2).doc('Nibbles of the bus that were wrong, one bit each'),
    bankGroup: u8.validBy(3).doc('Bank group'),
    bank: u8.validBy(4).doc('Bank'),
    row: u24.validBy(5).doc('Row'),
    column: u16.validBy(6).doc('Column'),
    correctionMask: array(u64, 4)
      .validBy(7)
      .doc('Bits that were wrong in each of the lowest four wrong nibbles'),
    componentId: bytes(16).validBy(8).doc('Component, in the form of the device or of PLDM'),
    pldmComponentId: CxlPldmComponentId.at(0x59)
      .validBy(8, 9)
      .doc('componentId, where it has the form of PLDM'),
    subChannel: u8.validBy(10).doc('Sub-channel'),
    thresholdFlags: CxlThresholdFlags.default({}).doc('What became of the programmable threshold'),
    correctedErrorCount: u24.default(0).doc('Corrected errors that the threshold counted'),
    eventSubType: u8.values(CxlMemoryEventSubType).default(0).doc('What happened, of data path errors'),
    reserved: u8.reserved(),
  },
  { source: 'CXL 3.2, 8.2.10.2.1.2' },
);

export const CxlDramError = cxlEventSection('CXL DRAM event', CxlDramEvent);

/** CXL DRAM event, by its type. */
export const CXL_DRAM = { sectionType: CXL_DRAM_EVENT, codec: CxlDramError } as const;
