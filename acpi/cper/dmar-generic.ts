/** DMAr generic error section: UEFI 2.11, appendix N.2.11.1. */

import { bytes, rest, struct, u8, u16, u64 } from '../struct.ts';

export const DMAR_GENERIC_ERROR = '5b51fef7-c79d-4434-8f1b-aa62de3e2c64';

export const DmarFaultReason = {
  /** No entry in the domain mapping table. */
  MappingEntryAbsent: 1,
  MappingEntryInvalid: 2,
  MappingTableAccess: 3,
  MappingTableReservedBit: 4,
  /** The address is beyond what the device may have. */
  AddressBeyondWidth: 5,
  InvalidAccess: 6,
  InvalidRequest: 7,
  TranslationTableAccess: 8,
  TranslationTableReservedBit: 9,
  IllegalCommand: 10,
  CommandBufferAccess: 11,
} as const;

export const DmarAccessType = { Write: 0, Read: 1 } as const;
export const DmarAddressType = { Untranslated: 0, Translation: 1 } as const;
export const DmarArchitecture = { VtD: 1, Iommu: 2 } as const;

/** 32 bytes. */
export const DmarGenericError = struct(
  'DMAr generic error',
  {
    requesterId: u16.doc('Device that made the request: bus, device, function'),
    segment: u16.default(0).doc('Segment of the device'),
    faultReason: u8.values(DmarFaultReason).doc('Why the request failed'),
    accessType: u8.values(DmarAccessType).default(DmarAccessType.Write).doc('Kind of access'),
    addressType: u8.values(DmarAddressType).default(DmarAddressType.Untranslated).doc('Kind of request'),
    architecture: u8.values(DmarArchitecture).doc('Kind of DMA remapping unit'),
    deviceAddress: u64.doc('Address in the request, as the device has it'),
    reserved: bytes(16).reserved(),
    trailing: rest.orZero().doc('Bytes after the section, as they are'),
  },
  { source: 'UEFI 2.11, N.2.11.1' },
);

/** DMAr generic error, by its type. */
export const DMAR_GENERIC = { sectionType: DMAR_GENERIC_ERROR, codec: DmarGenericError } as const;
