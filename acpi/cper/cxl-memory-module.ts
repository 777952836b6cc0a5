/** CXL memory module event section: UEFI 2.11, appendix N.2.14; CXL 3.2, 8.2.10.2.1.3. */

import { bits, bytes, flag, i16, range, struct, u8, u16, u32 } from '../struct.ts';
import { CXL_EVENT_HEADER, CxlPldmComponentId, cxlEventSection } from './cxl-event.ts';

export const CXL_MEMORY_MODULE_EVENT = 'fe927475-dd59-4339-a586-79bab113b774';

export const CxlModuleEventType = {
  HealthStatusChange: 0,
  MediaStatusChange: 1,
  LifeUsedChange: 2,
  TemperatureChange: 3,
  DataPath: 4,
  LabelStorageArea: 5,
  UnrecoverableSidebandBus: 6,
  MediaFru: 7,
  PowerManagement: 8,
} as const;

/** Of errors of a memory media FRU. */
export const CxlModuleEventSubType = {
  NotReported: 0,
  InvalidConfigurationData: 1,
  UnsupportedConfigurationData: 2,
  UnsupportedFru: 3,
} as const;

export const CxlMediaStatus = {
  Normal: 0,
  NotReady: 1,
  WritePersistencyLost: 2,
  AllDataLost: 3,
  WritePersistencyLossAtPowerLoss: 4,
  WritePersistencyLossAtShutdown: 5,
  WritePersistencyLossImminent: 6,
  AllDataLossAtPowerLoss: 7,
  AllDataLossAtShutdown: 8,
  AllDataLossImminent: 9,
} as const;

export const CxlHealthLevel = { Normal: 0, Warning: 1, Critical: 2 } as const;

/** Device health information, 18 bytes: CXL 3.2, 8.2.10.9.3.1. */
export const CxlDeviceHealth = struct(
  'CXL device health',
  {
    healthStatus: bits(8, {
      maintenanceNeeded: flag(0, 'The device needs maintenance'),
      performanceDegraded: flag(1, 'The device is slower than it should be'),
      replacementNeeded: flag(2, 'The hardware is to be replaced'),
      capacityDegraded: flag(3, 'The device has less memory than it should have'),
    })
      .default({})
      .doc('Health of the device'),
    mediaStatus: u8.values(CxlMediaStatus).default(0).doc('State of the media'),
    additionalStatus: bits(8, {
      lifeUsed: range(0, 1, 'How bad lifeUsed is', CxlHealthLevel),
      temperature: range(2, 3, 'How bad the temperature is', CxlHealthLevel),
      correctedVolatile: flag(4, 'correctedVolatileCount is beyond its threshold'),
      correctedPersistent: flag(5, 'correctedPersistentCount is beyond its threshold'),
    })
      .default({})
      .doc('Which of the other members are out of bounds'),
    lifeUsed: u8.default(0).doc('Percent of its life that the device has used; 255: not known'),
    temperature: i16.default(0).doc('Degrees Celsius; 0x7fff: not known'),
    dirtyShutdownCount: u32.default(0).doc('Shutdowns at which data may have been lost'),
    correctedVolatileCount: u32.default(0).doc('Corrected errors in volatile memory'),
    correctedPersistentCount: u32.default(0).doc('Corrected errors in persistent memory'),
  },
  { source: 'CXL 3.2, 8.2.10.9.3.1' },
);

/** 112 bytes. What is given of the members that validityFlags knows is marked valid. */
export const CxlMemoryModuleEvent = struct(
  'CXL memory module event record',
  {
    ...CXL_EVENT_HEADER,
    eventType: u8.values(CxlModuleEventType).default(0).doc('What happened'),
    health: CxlDeviceHealth.default({}).doc('Health of the device at that time'),
    validityFlags: u16.validation().doc('Which members hold something'),
    componentId: bytes(16).validBy(0).doc('Component, in the form of the device or of PLDM'),
    pldmComponentId: CxlPldmComponentId.at(0x35)
      .validBy(0, 1)
      .doc('componentId, where it has the form of PLDM'),
    eventSubType: u8.values(CxlModuleEventSubType).default(0).doc('What happened, of errors of a media FRU'),
    reserved: bytes(42).reserved(),
  },
  { source: 'CXL 3.2, 8.2.10.2.1.3' },
);

export const CxlMemoryModuleError = cxlEventSection('CXL memory module event', CxlMemoryModuleEvent);

/** CXL memory module event, by its type. */
export const CXL_MEMORY_MODULE = {
  sectionType: CXL_MEMORY_MODULE_EVENT,
  codec: CxlMemoryModuleError,
} as const;
