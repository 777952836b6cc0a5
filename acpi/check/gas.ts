/** Rules for Generic Address Structures: ACPI 6.5, section 5.2.3.2, and what Linux's APEI takes. */

import type { Decoded } from '../struct.ts';
import { AccessSize, AddressSpace, Gas } from '../tables/gas.ts';
import { ALL_KERNELS, kinds } from './finding.ts';
import type { Report } from './report.ts';
import { join, type StructureAt } from './walk.ts';

export const GAS = kinds('specification', 'ACPI 6.5, 5.2.3.2', {
  GAS_WIDTH: { severity: 'warning', meaning: 'A register has an address, and no width in bits' },
  GAS_BEYOND_64_BITS: { severity: 'warning', meaning: 'A register reaches beyond 64 bits' },
  GAS_ALIGNMENT: { severity: 'warning', meaning: 'A register is not aligned to the width of its accesses' },
});

export const LINUX_GAR = kinds('linux', 'Linux drivers/acpi/apei/apei-base.c', {
  LINUX_GAR_ADDRESS: {
    severity: 'error',
    meaning: 'APEI takes no register at address 0 ("Invalid physical address in GAR")',
    kernels: ALL_KERNELS,
  },
  LINUX_GAR_ACCESS_SIZE: {
    severity: 'error',
    meaning: 'APEI takes access sizes 1 to 4 only ("Invalid access size code in GAR")',
    kernels: ALL_KERNELS,
  },
  LINUX_GAR_WIDTH: {
    severity: 'error',
    meaning: 'APEI takes no register that is wider than its access ("Invalid bit width + offset in GAR")',
    kernels: ALL_KERNELS,
  },
  LINUX_GAR_SPACE: {
    severity: 'error',
    meaning: 'APEI takes registers in system memory and I/O only ("Invalid address space type in GAR")',
    kernels: ALL_KERNELS,
  },
  LINUX_GAR_IO: {
    severity: 'warning',
    meaning: 'arm64 has no I/O ports for registers of APEI',
    kernels: ALL_KERNELS,
  },
});

export type Register = Decoded<typeof Gas>;

/** Width of an access in bits; 0 where the access size does not say it. */
export function accessBits({ accessSize }: Register): number {
  return accessSize >= AccessSize.Byte && accessSize <= AccessSize.QWord ? 4 << accessSize : 0;
}

export function isEmpty({ address, bitWidth, bitOffset, accessSize }: Register): boolean {
  return address === 0n && bitWidth === 0 && bitOffset === 0 && accessSize === 0;
}

/** Checks one register by the specification. */
export function checkRegister(report: Report, { path, start, end }: StructureAt): void {
  if (end - start < Gas.size) return;
  const register = Gas.read(report.view, start, end, {});
  if (isEmpty(register) || register.addressSpace > AddressSpace.SystemIo) return;
  const { address, bitWidth, bitOffset } = register;
  if (bitWidth === 0 && address !== 0n) report.tell(GAS.GAS_WIDTH, join(path, 'bitWidth'), 'is 0');
  if (bitWidth + bitOffset > 64)
    report.tell(GAS.GAS_BEYOND_64_BITS, join(path, 'bitWidth'), `${bitWidth} bits from bit ${bitOffset} on`);
  const bytes = accessBits(register) / 8;
  if (bytes > 1 && address % BigInt(bytes) !== 0n)
    report.tell(
      GAS.GAS_ALIGNMENT,
      join(path, 'address'),
      `0x${address.toString(16)} is no multiple of the ${bytes} bytes of an access`,
    );
}

/** Checks one register as apei_check_gar of Linux does. True where it takes it. */
export function checkLinuxRegister(report: Report, path: string, register: Register): boolean {
  const { addressSpace, bitWidth, bitOffset, accessSize, address } = register;
  const tell = (kind: keyof typeof LINUX_GAR, member: string, reason: string) => {
    report.tell(LINUX_GAR[kind], join(path, member), reason);
    return false;
  };
  if (address === 0n) return tell('LINUX_GAR_ADDRESS', 'address', 'is 0');
  if (accessSize < AccessSize.Byte || accessSize > AccessSize.QWord)
    return tell('LINUX_GAR_ACCESS_SIZE', 'accessSize', `is ${accessSize}, not 1 to 4`);
  let access = accessBits(register);
  // The kernel widens the access to aligned registers of 32 and 64 bits.
  if ((bitWidth === 32 || bitWidth === 64) && bitOffset === 0 && address % BigInt(bitWidth / 8) === 0n)
    access = Math.max(access, bitWidth);
  if (bitWidth + bitOffset > access)
    return tell(
      'LINUX_GAR_WIDTH',
      'bitWidth',
      `${bitWidth} bits from bit ${bitOffset} on, in an access of ${access}`,
    );
  if (addressSpace !== AddressSpace.SystemMemory && addressSpace !== AddressSpace.SystemIo)
    return tell('LINUX_GAR_SPACE', 'addressSpace', `is ${addressSpace}, neither memory (0) nor I/O (1)`);
  if (addressSpace === AddressSpace.SystemIo) return tell('LINUX_GAR_IO', 'addressSpace', 'is 1, system I/O');
  return true;
}
