/** CXL MLD port event section: UEFI 2.11, appendix N.2.14; CXL 3.2, 7.6.8.3. */

import { bytes, struct, u8 } from '../struct.ts';
import { CXL_EVENT_HEADER, cxlEventSection } from './cxl-event.ts';

export const CXL_MLD_PORT_EVENT = '8dc44363-0c96-4710-b7bf-04bb99534c3f';

/** Error message that came from the device. */
export const CxlMldPortEventType = { Correctable: 0, NonFatal: 1, Fatal: 2 } as const;

/** 112 bytes. */
export const CxlMldPortEvent = struct(
  'CXL MLD port event record',
  {
    ...CXL_EVENT_HEADER,
    eventType: u8.values(CxlMldPortEventType).default(0).doc('Kind of error message'),
    portId: u8.default(0).doc('Port that the multi-logical device is connected to'),
    reserved: bytes(2).reserved(),
    errorMessage: bytes(8).orZero().doc('First 8 bytes of the PCI Express error message'),
    reserved2: bytes(68).reserved(),
  },
  { source: 'CXL 3.2, 7.6.8.3' },
);

export const CxlMldPortError = cxlEventSection('CXL MLD port event', CxlMldPortEvent);

/** CXL MLD port event, by its type. */
export const CXL_MLD_PORT = { sectionType: CXL_MLD_PORT_EVENT, codec: CxlMldPortError } as const;
