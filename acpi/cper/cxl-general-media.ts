/** CXL general media event section: UEFI 2.11, appendix N.2.14; CXL 3.2, 8.2.10.2.1.1. */

import { bytes, struct, u8, u16, u24, u64 } from '../struct.ts';
import {
  CXL_EVENT_HEADER,
  CxlMemoryEventDescriptor,
  CxlMemoryEventSubType,
  CxlPldmComponentId,
  CxlThresholdFlags,
  CxlTransactionType,
  cxlEventSection,
} from './cxl-event.ts';

export const CXL_GENERAL_MEDIA_EVENT = 'fbcd0a77-c260-417f-85a9-088b1621eba6';

export const CxlGeneralMediaEventType = {
  MediaEcc: 0,
  InvalidAddress: 1,
  DataPath: 2,
  TeStateViolation: 3,
  ScrubMediaEcc: 4,
  CounterExpiration: 5,
  CkidViolation: 6,
} as const;

/** 112 bytes. What is given of the members that validityFlags knows is marked valid. */
export const CxlGeneralMediaEvent = struct(
  'CXL general media event record',
  {
    ...CXL_EVENT_HEADER,
    physicalAddress: u64
      .default(0n)
      .doc('Address in the device; bit 0: volatile memory, bit 1: not repairable, bits 2 to 5 reserved'),
    descriptor: CxlMemoryEventDescriptor.default({}).doc('Kind of memory event'),
    eventType: u8.values(CxlGeneralMediaEventType).default(0).doc('What happened'),
    transactionType: u8.values(CxlTransactionType).default(0).doc('What was being done'),
    validityFlags: u16.validation().doc('Which members hold something'),
    channel: u8.validBy(0).doc('Channel of the memory'),
    rank: u8.validBy(1).doc('Rank on the channel'),
    device: u24.validBy(2).doc('Devices of the rank, one bit each'),
    componentId: bytes(16).validBy(3).doc('Component, in the form of the device or of PLDM'),
    pldmComponentId: CxlPldmComponentId.at(0x32)
      .validBy(3, 4)
      .doc('componentId, where it has the form of PLDM'),
    thresholdFlags: CxlThresholdFlags.default({}).doc('What became of the programmable threshold'),
    correctedErrorCount: u24.default(0).doc('Corrected errors that the threshold counted'),
    eventSubType: u8.values(CxlMemoryEventSubType).default(0).doc('What happened, of data path errors'),
    reserved: bytes(41).reserved(),
  },
  { source: 'CXL 3.2, 8.2.10.2.1.1' },
);

export const CxlGeneralMediaError = cxlEventSection('CXL general media event', CxlGeneralMediaEvent);

/** CXL general media event, by its type. */
export const CXL_GENERAL_MEDIA = {
  sectionType: CXL_GENERAL_MEDIA_EVENT,
  codec: CxlGeneralMediaError,
} as const;
