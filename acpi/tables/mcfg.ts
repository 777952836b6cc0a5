/** PCI Express memory-mapped configuration space: PCI Firmware Specification 3.3, section 4.1.2. */

import { bytes, list, struct, u8, u16, u32, u64 } from '../struct.ts';
import { table } from './header.ts';

const source = 'PCI Firmware Specification 3.3, 4.1.2';

/** The configuration space (ECAM) of some buses of a segment: 1 MiB a bus. */
export const McfgAllocation = struct(
  'MCFG allocation',
  {
    base: u64.doc('GPA of the configuration space of bus 0, even where bus 0 is not decoded'),
    segment: u16.default(0).doc('PCI segment group'),
    startBus: u8.default(0).doc('First bus that is decoded'),
    endBus: u8.doc('Last bus that is decoded'),
    reserved: u32.reserved(),
  },
  { source },
);

export const Mcfg = table(
  'MCFG',
  1,
  {
    reserved: bytes(8).reserved(),
    allocations: list(McfgAllocation).doc('Configuration spaces, one of them or more for each segment'),
  },
  { title: 'PCI Express memory-mapped configuration space', source },
);
