/** What the CXL component event sections have in common: UEFI 2.11, appendix N.2.14; CXL 3.2, 8.2.10.2.1. */

import { bits, bytes, type Codec, flag, range, rest, struct, u8, u16, u32, u64 } from '../struct.ts';
import { PciSlot } from './pcie.ts';

export const CxlEventSeverity = { Informational: 0, Warning: 1, Failure: 2, Fatal: 3 } as const;

/** What maintenance a device asks for. */
export const CxlMaintenanceClass = {
  None: 0,
  PostPackageRepair: 1,
  MemorySparing: 2,
  BuiltInTest: 3,
} as const;

/**
 * The common event record without its first 16 bytes, its identifier, which is the section's type. Offsets in CXL's
 * tables count from that identifier.
 */
export const CXL_EVENT_HEADER = {
  recordLength: u8.default(0x80).doc('Bytes of the event record, its identifier of 16 bytes included'),
  flags: bits(24, {
    severity: range(0, 1, 'Severity of the event', CxlEventSeverity),
    permanent: flag(2, 'A permanent condition'),
    maintenanceNeeded: flag(3, 'The device needs maintenance'),
    performanceDegraded: flag(4, 'The device is slower than it should be'),
    replacementNeeded: flag(5, 'The hardware is to be replaced'),
    subclassValid: flag(6, 'maintenanceSubclass holds something'),
    ldIdValid: flag(7, 'ldId holds something'),
    headIdValid: flag(8, 'headId holds something'),
  })
    .default({})
    .doc('Event record flags'),
  handle: u16.default(0).doc('Handle of the record in its event log, not 0'),
  relatedHandle: u16.default(0).doc('Handle of a related record, or 0'),
  timestamp: u64.default(0n).doc('Nanoseconds since 1970, UTC; 0 where it is not known'),
  maintenanceClass: u8.values(CxlMaintenanceClass).default(0).doc('Maintenance that the device asks for'),
  maintenanceSubclass: u8.default(0).doc('Kind of that maintenance, as its class numbers it'),
  ldId: u16.default(0).doc('Logical device (CXL 3.2)'),
  headId: u8.default(0).doc('Head of a multi-headed device (CXL 3.2)'),
  headerReserved: bytes(11).reserved(),
} as const;

/** Component identifier in the form of PLDM: CXL 3.2, table 8-56. */
export const CxlPldmComponentId = struct(
  'CXL component identifier',
  {
    validityFlags: u8.validation().doc('Which members hold something'),
    entity: bytes(6).validBy(0).doc('PLDM entity identification information'),
    resourceId: bytes(4).validBy(1).doc('PLDM resource identifier'),
    reserved: bytes(5).reserved(),
  },
  { source: 'CXL 3.2, 8.2.10.2.1' },
);

export const CxlMemoryEventDescriptor = bits(8, {
  uncorrectable: flag(0, 'The device could not correct it'),
  threshold: flag(1, 'A threshold was reached'),
  poisonListOverflow: flag(2, 'The poison list is full, and is without this event'),
});

export const CxlTransactionType = {
  Unknown: 0,
  HostRead: 1,
  HostWrite: 2,
  HostScanMedia: 3,
  HostInjectPoison: 4,
  PatrolScrub: 5,
  MediaManagement: 6,
  ErrorCheckScrub: 7,
  MediaInitialization: 8,
} as const;

/** Of data path errors. */
export const CxlMemoryEventSubType = {
  NotReported: 0,
  InternalDatapath: 1,
  LinkCommandTraining: 2,
  LinkControlTraining: 3,
  LinkDataTraining: 4,
  LinkCrc: 5,
} as const;

export const CxlThresholdFlags = bits(8, {
  multipleComponents: flag(0, 'More than one media component had corrected errors'),
  exceeded: flag(1, 'The programmable threshold was exceeded'),
});

export const CxlComponentDeviceId = struct(
  'CXL component',
  {
    vendorId: u16.default(0).doc('Vendor'),
    deviceId: u16.default(0).doc('Device of that vendor'),
    function: u8.default(0).doc('Function number'),
    device: u8.default(0).doc('Device number'),
    bus: u8.default(0).doc('Bus number'),
    segment: u16.default(0).doc('Segment'),
    slot: PciSlot.default({}).doc('Slot'),
    reserved: u8.reserved(),
  },
  { source: 'UEFI 2.11, N.2.14' },
);

/** A section of 32 bytes and the event record, which has 112. What is given is marked valid. */
export function cxlEventSection<Out, In>(name: string, event: Codec<Out, In>) {
  return struct(
    name,
    {
      sectionLength: u32.statedLength().doc('Bytes of the section'),
      validationBits: u64.validation().doc('Which members hold something'),
      deviceId: CxlComponentDeviceId.validBy(0).doc('Which component'),
      serialNumber: u64.validBy(1).doc('Serial number of the component'),
      event: event.since(144).validBy(2).doc('Event record, from its length on'),
      trailing: rest.orZero().doc('Bytes after the section, as they are'),
    },
    { source: 'UEFI 2.11, N.2.14', usualLength: 32 },
  );
}
