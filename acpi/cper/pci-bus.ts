/** PCI/PCI-X bus error section: UEFI 2.11, appendix N.2.8. */

import { bits, flag, range, rest, struct, u16, u32, u64 } from '../struct.ts';
import { ErrorStatus } from './error-status.ts';

export const PCI_BUS_ERROR = 'c5753963-3b84-4095-bf78-eddad3f9c9dd';

export const PciBusErrorType = {
  Unknown: 0,
  DataParity: 1,
  System: 2,
  MasterAbort: 3,
  BusTimeout: 4,
  MasterDataParity: 5,
  AddressParity: 6,
  CommandParity: 7,
} as const;

/** 72 bytes. What is given is marked valid. */
export const PciBusError = struct(
  'PCI/PCI-X bus error',
  {
    validationBits: u64.validation().doc('Which members hold something'),
    errorStatus: ErrorStatus.validBy(0).doc('Kind of error'),
    errorType: u16.values(PciBusErrorType).validBy(1).doc('Type of bus error'),
    busId: bits(16, { bus: range(0, 7, 'Bus number'), segment: range(8, 15, 'Segment') })
      .validBy(2)
      .doc('Which bus'),
    reserved: u32.reserved(),
    busAddress: u64.validBy(3).doc('Memory or I/O address on the bus'),
    busData: u64.validBy(4).doc('Data on the bus'),
    busCommand: bits(64, {
      command: range(0, 31, 'Command or operation'),
      pciX: flag(56, 'The command is one of PCI-X'),
    })
      .validBy(5)
      .doc('Command on the bus'),
    requestorId: u64.validBy(6).doc('Device that asked'),
    completerId: u64.validBy(7).doc('Device that answered'),
    targetId: u64.validBy(8).doc('Device that was meant'),
    trailing: rest.orZero().doc('Bytes after the section, as they are'),
  },
  { source: 'UEFI 2.11, N.2.8' },
);

/** PCI/PCI-X bus error, by its type. */
export const PCI_BUS = { sectionType: PCI_BUS_ERROR, codec: PciBusError } as const;
