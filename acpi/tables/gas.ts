/** Generic Address Structure: ACPI 6.5, section 5.2.3.2. */

import { type Encodable, struct, u8, u64 } from '../struct.ts';

export const AddressSpace = {
  SystemMemory: 0,
  SystemIo: 1,
  PciConfig: 2,
  EmbeddedController: 3,
  SmBus: 4,
  SystemCmos: 5,
  PciBarTarget: 6,
  Ipmi: 7,
  Gpio: 8,
  GenericSerialBus: 9,
  PlatformCommunicationsChannel: 10,
  FunctionalFixedHardware: 0x7f,
} as const;

export const AccessSize = { Undefined: 0, Byte: 1, Word: 2, DWord: 3, QWord: 4 } as const;

export const Gas = struct(
  'Generic Address Structure',
  {
    addressSpace: u8.values(AddressSpace).default(AddressSpace.SystemMemory).doc('Address space'),
    bitWidth: u8.default(0).doc('Width of the register in bits'),
    bitOffset: u8.default(0).doc('First bit of the register at the address'),
    accessSize: u8.values(AccessSize).default(AccessSize.Undefined).doc('Width of an access'),
    address: u64.default(0n).doc('Address in that space'),
  },
  { source: 'ACPI 6.5, 5.2.3.2' },
);

/** A register of `bitWidth` bits in system memory, accessed whole. */
export function memoryRegister(address: bigint | number, bitWidth: 8 | 16 | 32 | 64): Encodable<typeof Gas> {
  const accessSize = { 8: 1, 16: 2, 32: 3, 64: 4 }[bitWidth];
  return { addressSpace: AddressSpace.SystemMemory, bitWidth, accessSize, address: BigInt(address) };
}
