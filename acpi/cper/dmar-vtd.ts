/** Intel VT for directed I/O specific DMAr error section: UEFI 2.11, appendix N.2.11.2. */

import { array, bits, bytes, flag, range, rest, struct, u8, u32, u64 } from '../struct.ts';

export const DMAR_VTD_ERROR = '71761d37-32b2-45cd-a7d0-b0fedd93e8cf';

export const VtdFaultStatus = bits(32, {
  overflow: flag(0, 'A fault could not be recorded'),
  pending: flag(1, 'A fault record waits'),
  invalidationQueueError: flag(4, 'The invalidation queue has an error'),
  invalidationCompletionError: flag(5, 'An invalidation got a wrong completion'),
  invalidationTimeout: flag(6, 'An invalidation got no completion in time'),
  faultRecordIndex: range(8, 15, 'First fault record that waits'),
});

/** Fault recording register of the VT-d architecture. */
export const VtdFaultRecord = struct(
  'VT-d fault record',
  {
    faultInformation: u64.default(0n).doc('Page of the address that was asked for, in bits 12 to 63'),
    request: bits(64, {
      sourceId: range(0, 15, 'Device that made the request: bus, device, function'),
      type2: flag(28, 'With type: page or AtomicOp request'),
      privileged: flag(29, 'Asked for privileged mode'),
      execute: flag(30, 'Asked for execution'),
      pasidPresent: flag(31, 'The request had a PASID'),
      faultReason: range(32, 39, 'Why it failed, as VT-d numbers it'),
      pasid: range(40, 59, 'PASID of the request'),
      addressType: range(60, 61, 'Address type of the request'),
      type: flag(62, 'Read, not write'),
      fault: flag(63, 'The record holds a fault'),
    })
      .default({})
      .doc('The request and what became of it'),
  },
  { source: 'Intel VT for directed I/O, fault recording registers' },
);

const none = [0n, 0n] as const;

/** 144 bytes. */
export const DmarVtdError = struct(
  'VT-d DMAr error',
  {
    version: u8.default(0).doc('Version register: major in bits 4 to 7, minor in bits 0 to 3'),
    revision: u8.default(0).doc('Revision of the DMA remapping reporting structure (DMAR)'),
    oemId: bytes(6).orZero().doc('OEM identifier of the DMA remapping reporting structure'),
    capability: u64.default(0n).doc('Capability register'),
    extendedCapability: u64.default(0n).doc('Extended capability register'),
    globalCommand: u32.default(0).doc('Global command register'),
    globalStatus: u32.default(0).doc('Global status register'),
    faultStatus: VtdFaultStatus.default({}).doc('Fault status register'),
    reserved: bytes(12).reserved(),
    faultRecord: VtdFaultRecord.default({}).doc('Fault record'),
    rootEntry: array(u64, 2).default(none).doc('Root table entry of the requester'),
    contextEntry: array(u64, 2).default(none).doc('Context table entry of the requester'),
    level6Entry: u64.default(0n).doc('Page table entry of the address, level 6'),
    level5Entry: u64.default(0n).doc('Page table entry of the address, level 5'),
    level4Entry: u64.default(0n).doc('Page table entry of the address, level 4'),
    level3Entry: u64.default(0n).doc('Page table entry of the address, level 3'),
    level2Entry: u64.default(0n).doc('Page table entry of the address, level 2'),
    level1Entry: u64.default(0n).doc('Page table entry of the address, level 1'),
    trailing: rest.orZero().doc('Bytes after the section, as they are'),
  },
  { source: 'UEFI 2.11, N.2.11.2' },
);

/** VT-d specific DMAr error, by its type. */
export const DMAR_VTD = { sectionType: DMAR_VTD_ERROR, codec: DmarVtdError } as const;
