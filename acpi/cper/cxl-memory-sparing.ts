/** CXL memory sparing event section: UEFI 2.11, appendix N.2.14; CXL 3.2, 8.2.10.2.1.4. */

import { bits, bytes, flag, struct, u8, u16, u24 } from '../struct.ts';
import { CXL_EVENT_HEADER, CxlMaintenanceClass, CxlPldmComponentId, cxlEventSection } from './cxl-event.ts';

export const CXL_MEMORY_SPARING_EVENT = 'e71f3a40-2d29-4092-8a39-4d1c966c7c65';

export const CxlSparingResult = { Success: 0, ResourcesExhausted: 1, GeneralFailure: 0xff } as const;

/** 112 bytes. What is given of the members that validityFlags knows is marked valid. */
export const CxlMemorySparingEvent = struct(
  'CXL memory sparing event record',
  {
    ...CXL_EVENT_HEADER,
    operationClass: u8
      .values(CxlMaintenanceClass)
      .default(CxlMaintenanceClass.MemorySparing)
      .doc('Maintenance that was done'),
    operationSubclass: u8.default(0).doc('Kind of that maintenance, as its class numbers it'),
    sparingFlags: bits(8, {
      queryResources: flag(0, 'It was only asked whether there are resources'),
      hardSparing: flag(1, 'The sparing is permanent'),
      deviceInitiated: flag(2, 'The device began it, not the host'),
    })
      .default({})
      .doc('What was asked for, and by whom'),
    result: u8.values(CxlSparingResult).default(0).doc('What came of it'),
    validityFlags: u16.validation().doc('Which members hold something'),
    reserved: bytes(6).reserved(),
    spareResources: u16.default(0).doc('Resources of the same kind that are left: 0, 1, 2, or 3 for more'),
    channel: u8.validBy(0).doc('Channel of the memory'),
    rank: u8.validBy(1).doc('Rank on the channel'),
    nibbleMask: u24.validBy(2).doc('Nibbles of the bus that were spared, one bit each'),
    bankGroup: u8.validBy(3).doc('Bank group'),
    bank: u8.validBy(4).doc('Bank'),
    row: u24.validBy(5).doc('Row'),
    column: u16.validBy(6).doc('Column'),
    componentId: bytes(16).validBy(7).doc('Component, in the form of the device or of PLDM'),
    pldmComponentId: CxlPldmComponentId.at(0x3a)
      .validBy(7, 8)
      .doc('componentId, where it has the form of PLDM'),
    subChannel: u8.validBy(9).doc('Sub-channel'),
    reserved2: bytes(37).reserved(),
  },
  { source: 'CXL 3.2, 8.2.10.2.1.4' },
);

export const CxlMemorySparingError = cxlEventSection('CXL memory sparing event', CxlMemorySparingEvent);

/** CXL memory sparing event, by its type. */
export const CXL_MEMORY_SPARING = {
  sectionType: CXL_MEMORY_SPARING_EVENT,
  codec: CxlMemorySparingError,
} as const;
