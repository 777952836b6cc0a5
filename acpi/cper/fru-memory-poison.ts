/** FRU memory poison section: UEFI 2.11, appendix N.2.15. */

import { list, rest, struct, u32, u64 } from '../struct.ts';

export const FRU_MEMORY_POISON_LIST = '5e4706c1-5356-48c6-930b-52f2120a4458';

/** How a value is to be read. */
export const FruArchitectureType = {
  /** CPUID function 1, EAX: family, model, stepping. */
  X86Cpuid: 0,
} as const;
export const FruIdType = {
  /** Protected processor inventory number. */
  X86Ppin: 0,
} as const;
export const FruHardwareIdType = { McaIpid: 0 } as const;
export const FruAddressType = { McaAddr: 0 } as const;

/** A place in memory that is not to be used. */
export const FruMemoryPoison = struct(
  'FRU memory poison descriptor',
  {
    timestamp: u64.default(0n).doc('When it was found; Linux writes seconds since 1970, UTC'),
    hardwareIdType: u32.values(FruHardwareIdType).default(0).doc('What hardwareId is'),
    hardwareId: u64.doc('Hardware block in the unit, such as a memory controller'),
    addressType: u32.values(FruAddressType).default(0).doc('What address is'),
    address: u64.doc('Address, as its type has it'),
  },
  { source: 'UEFI 2.11, N.2.15' },
);

/** 40 bytes and the list. What is given is marked valid; the number of entries with the list. */
export const FruMemoryPoisonList = struct(
  'FRU memory poison list',
  {
    checksum: u32.checksum().doc('Makes the section sum up to zero'),
    validationBits: u64.validation().doc('Which members hold something'),
    architectureType: u32.values(FruArchitectureType).validBy(0).doc('What architecture is'),
    architecture: u64.validBy(1).doc('Architecture of the field replaceable unit'),
    idType: u32.values(FruIdType).validBy(2).doc('What id is'),
    id: u64.validBy(3).doc('Identifier of the field replaceable unit'),
    entryCount: u32.countOf('entries').doc('Number of entries'),
    entries: list(FruMemoryPoison).validBy(4, 5).doc('Places in memory that are not to be used'),
    trailing: rest.orZero().doc('Bytes after the section, as they are'),
  },
  { source: 'UEFI 2.11, N.2.15' },
);

/** FRU memory poison list, by its type. */
export const FRU_MEMORY_POISON = {
  sectionType: FRU_MEMORY_POISON_LIST,
  codec: FruMemoryPoisonList,
} as const;
