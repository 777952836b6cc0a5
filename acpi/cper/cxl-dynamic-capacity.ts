/** CXL dynamic capacity event section: UEFI 2.11, appendix N.2.14; CXL 3.2, 8.2.10.2.1.6. */

import { bits, bytes, flag, struct, u8, u16, u32, u64 } from '../struct.ts';
import { CXL_EVENT_HEADER, cxlEventSection } from './cxl-event.ts';

export const CXL_DYNAMIC_CAPACITY_EVENT = 'ca95afa7-f183-4018-8c2f-95268e101a2a';

export const CxlDynamicCapacityEventType = {
  AddCapacity: 0,
  ReleaseCapacity: 1,
  ForcedRelease: 2,
  RegionConfigurationUpdated: 3,
  AddCapacityResponse: 4,
  CapacityReleased: 5,
} as const;

export const CxlDynamicCapacityExtent = struct(
  'CXL dynamic capacity extent',
  {
    startAddress: u64.default(0n).doc('First address in the device; bits 0 to 5 reserved'),
    length: u64.default(0n).doc('Bytes'),
    tag: bytes(16).orZero().doc('What the fabric manager names it by'),
    sharedSequence: u16.default(0).doc('Where it stands among the extents of shared memory'),
    reserved: bytes(6).reserved(),
  },
  { source: 'CXL 3.2, 8.2.10.2.1.6' },
);

/** Numbers that one validity bit stands for. */
export const CxlAvailableExtents = struct(
  'CXL available extents',
  {
    extents: u32.default(0).doc('Extents that the device has left'),
    tags: u32.default(0).doc('Tags that the device has left'),
  },
  { source: 'CXL 3.2, 8.2.10.2.1.6' },
);

/** 112 bytes. */
export const CxlDynamicCapacityEvent = struct(
  'CXL dynamic capacity event record',
  {
    ...CXL_EVENT_HEADER,
    eventType: u8.values(CxlDynamicCapacityEventType).default(0).doc('What happened'),
    validityFlags: u8.validation().doc('Which members hold something'),
    hostId: u16.default(0).doc('Host that answered or released: LD-ID, or PBR ID of its edge port'),
    updatedRegionIndex: u8.default(0).doc('Region whose configuration changed'),
    capacityFlags: bits(8, { more: flag(0, 'The next record belongs to this event, too') })
      .default({})
      .doc('How records belong together'),
    reserved: bytes(2).reserved(),
    extent: CxlDynamicCapacityExtent.default({}).doc('Capacity that the event is about'),
    reserved2: bytes(24).reserved(),
    available: CxlAvailableExtents.validBy(0).doc('What the device has left'),
  },
  { source: 'CXL 3.2, 8.2.10.2.1.6' },
);

export const CxlDynamicCapacityError = cxlEventSection('CXL dynamic capacity event', CxlDynamicCapacityEvent);

/** CXL dynamic capacity event, by its type. */
export const CXL_DYNAMIC_CAPACITY = {
  sectionType: CXL_DYNAMIC_CAPACITY_EVENT,
  codec: CxlDynamicCapacityError,
} as const;
