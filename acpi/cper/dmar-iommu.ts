/** AMD IOMMU specific DMAr error section: UEFI 2.11, appendix N.2.11.3. */

import { array, bits, bytes, range, rest, struct, u8, u64 } from '../struct.ts';

export const DMAR_IOMMU_ERROR = '036f84e1-7f37-428c-a79e-575fdfaa84ec';

export const IommuEventCode = {
  IllegalDeviceTableEntry: 1,
  IoPageFault: 2,
  DeviceTableHardwareError: 3,
  PageTableHardwareError: 4,
  IllegalCommand: 5,
  CommandHardwareError: 6,
  IotlbInvalidationTimeout: 7,
  InvalidDeviceRequest: 8,
  InvalidPprRequest: 9,
  EventCounterZero: 10,
  RmpPageFault: 13,
  RmpHardwareError: 14,
} as const;

/** Event log entry of the AMD IOMMU architecture. */
export const IommuEvent = struct(
  'IOMMU event',
  {
    event: bits(64, {
      deviceId: range(0, 15, 'Device that made the request, where there was one: bus, device, function'),
      operand: range(16, 31, 'As the code has it'),
      flags: range(32, 59, 'As the code has it'),
      code: range(60, 63, 'What happened', IommuEventCode),
    })
      .default({})
      .doc('What happened to whom'),
    address: u64.default(0n).doc('Address or other operand, as the code has it'),
  },
  { source: 'AMD I/O virtualization technology (IOMMU), event log' },
);

/** 144 bytes. */
export const DmarIommuError = struct(
  'IOMMU DMAr error',
  {
    revision: u8.default(0).doc('Revision of the IOMMU specification'),
    reserved: bytes(7).reserved(),
    control: u64.default(0n).doc('Control register'),
    status: u64.default(0n).doc('Status register'),
    reserved2: bytes(8).reserved(),
    eventLogEntry: IommuEvent.default({}).doc('Event log entry of the fault'),
    reserved3: bytes(16).reserved(),
    deviceTableEntry: array(u64, 4).default([0n, 0n, 0n, 0n]).doc('Device table entry of the requester'),
    level6Entry: u64.default(0n).doc('Page table entry of the address, level 6'),
    level5Entry: u64.default(0n).doc('Page table entry of the address, level 5'),
    level4Entry: u64.default(0n).doc('Page table entry of the address, level 4'),
    level3Entry: u64.default(0n).doc('Page table entry of the address, level 3'),
    level2Entry: u64.default(0n).doc('Page table entry of the address, level 2'),
    level1Entry: u64.default(0n).doc('Page table entry of the address, level 1'),
    trailing: rest.orZero().doc('Bytes after the section, as they are'),
  },
  { source: 'UEFI 2.11, N.2.11.3' },
);

/** IOMMU specific DMAr error, by its type. */
export const DMAR_IOMMU = { sectionType: DMAR_IOMMU_ERROR, codec: DmarIommuError } as const;
