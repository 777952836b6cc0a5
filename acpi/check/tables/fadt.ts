/** Rules for the FADT: ACPI 6.5, section 5.2.9, and what Linux on arm64 takes. */

import type { Decoded } from '../../struct.ts';
import type { Fadt } from '../../tables/fadt.ts';
import { ALL_KERNELS, kinds } from '../finding.ts';
import { isEmpty, type Register } from '../gas.ts';
import type { Report } from '../report.ts';

export const FADT = kinds('specification', 'ACPI 6.5, 5.2.9', {
  FADT_NO_DSDT: { severity: 'error', meaning: 'Neither dsdt nor xDsdt says where the DSDT is' },
  FADT_DSDT_MISMATCH: { severity: 'error', meaning: 'dsdt and xDsdt name two addresses' },
  FADT_FACS_MISMATCH: { severity: 'error', meaning: 'firmwareCtrl and xFirmwareCtrl name two addresses' },
  FADT_NO_FACS: { severity: 'error', meaning: 'There is no FACS, and the machine is not hardware-reduced' },
  FADT_HARDWARE_REDUCED_FACS: {
    severity: 'note',
    meaning: 'A hardware-reduced machine has a FACS, which it need not have',
  },
  FADT_HARDWARE_REDUCED_REGISTERS: {
    severity: 'warning',
    meaning: 'A hardware-reduced machine has registers of the fixed hardware, which are ignored',
    source: 'ACPI 6.5, 5.2.9, HW_REDUCED_ACPI',
  },
  FADT_LENGTH: { severity: 'warning', meaning: 'The length is not that of the revision' },
  FADT_RESET_REGISTER: {
    severity: 'error',
    meaning: 'RESET_REG_SUP is set, and there is no reset register of 8 bits',
    source: 'ACPI 6.5, 4.8.3.6',
  },
  FADT_PSCI_CONDUIT: {
    severity: 'warning',
    meaning: 'PSCI_USE_HVC is set, and PSCI_COMPLIANT is not',
    source: 'ACPI 6.5, 5.2.9.4',
  },
});

export const LINUX_FADT = kinds('linux', 'Linux arch/arm64/kernel/acpi.c', {
  LINUX_FADT_REVISION: {
    severity: 'error',
    meaning:
      'ACPI is not used with a FADT before 5.1 ("Unsupported FADT revision"), unless it has Arm boot flags',
    kernels: ALL_KERNELS,
  },
  LINUX_FADT_HARDWARE_REDUCED: {
    severity: 'error',
    meaning:
      'ACPI is not used where the machine is not hardware-reduced ("FADT not ACPI hardware reduced compliant")',
    kernels: ALL_KERNELS,
  },
  LINUX_FADT_NO_PSCI: {
    severity: 'warning',
    meaning: 'Without PSCI_COMPLIANT processors start by the parking protocol only',
    kernels: ALL_KERNELS,
  },
});

/** Bytes of the FADT by its revision. */
const LENGTHS: Readonly<Record<number, readonly number[]>> = {
  1: [116],
  3: [244],
  4: [244],
  5: [268],
  6: [276],
};

export function checkFadt(report: Report, table: Decoded<typeof Fadt>): void {
  const { flags, revision, dsdt, firmwareCtrl, xDsdt = 0n, xFirmwareCtrl = 0n, minorVersion = 0 } = table;
  if (dsdt === 0 && xDsdt === 0n) report.tell(FADT.FADT_NO_DSDT, 'xDsdt', 'both are 0');
  if (dsdt !== 0 && xDsdt !== 0n && BigInt(dsdt) !== xDsdt)
    report.tell(
      FADT.FADT_DSDT_MISMATCH,
      'xDsdt',
      `0x${xDsdt.toString(16)}, and dsdt is 0x${dsdt.toString(16)}`,
    );
  if (firmwareCtrl !== 0 && xFirmwareCtrl !== 0n && BigInt(firmwareCtrl) !== xFirmwareCtrl)
    report.tell(
      FADT.FADT_FACS_MISMATCH,
      'xFirmwareCtrl',
      `0x${xFirmwareCtrl.toString(16)}, and firmwareCtrl is 0x${firmwareCtrl.toString(16)}`,
    );
  const hasFacs = firmwareCtrl !== 0 || xFirmwareCtrl !== 0n;
  if (flags.hardwareReduced && hasFacs)
    report.tell(
      FADT.FADT_HARDWARE_REDUCED_FACS,
      firmwareCtrl !== 0 ? 'firmwareCtrl' : 'xFirmwareCtrl',
      'is not 0',
    );
  if (!flags.hardwareReduced && !hasFacs) report.tell(FADT.FADT_NO_FACS, 'firmwareCtrl', 'is 0');
  if (flags.hardwareReduced) checkReduced(report, table);
  const length = report.view.getUint32(4, true);
  const lengths = LENGTHS[revision];
  if (lengths !== undefined && !lengths.includes(length))
    report.tell(FADT.FADT_LENGTH, 'length', `is ${length}, of revision ${revision} ${lengths.join(' or ')}`);
  if (flags.resetRegister) {
    const register = table.resetRegister as Register | undefined;
    if (register === undefined || register.address === 0n || register.bitWidth !== 8)
      report.tell(FADT.FADT_RESET_REGISTER, 'resetRegister', 'is none of 8 bits');
  }
  const arm = table.armBootFlags;
  if (arm?.psciUseHvc && !arm.psciCompliant)
    report.tell(FADT.FADT_PSCI_CONDUIT, 'armBootFlags.psciUseHvc', 'is set, psciCompliant is not');
  const hasArmFlags =
    arm !== undefined && (arm.psciCompliant || arm.psciUseHvc || arm.reserved !== undefined);
  if ((revision < 5 || (revision === 5 && minorVersion < 1)) && !hasArmFlags)
    report.tell(LINUX_FADT.LINUX_FADT_REVISION, 'revision', `${revision}.${minorVersion}: "should be 5.1+"`);
  if (!flags.hardwareReduced)
    report.tell(LINUX_FADT.LINUX_FADT_HARDWARE_REDUCED, 'flags.hardwareReduced', 'is clear');
  if (!arm?.psciCompliant)
    report.tell(LINUX_FADT.LINUX_FADT_NO_PSCI, 'armBootFlags.psciCompliant', 'is clear');
}

const BLOCKS = [
  'pm1aEventBlock',
  'pm1bEventBlock',
  'pm1aControlBlock',
  'pm1bControlBlock',
  'pm2ControlBlock',
  'pmTimerBlock',
  'gpe0Block',
  'gpe1Block',
  'xPm1aEventBlock',
  'xPm1bEventBlock',
  'xPm1aControlBlock',
  'xPm1bControlBlock',
  'xPm2ControlBlock',
  'xPmTimerBlock',
  'xGpe0Block',
  'xGpe1Block',
] as const;

function checkReduced(report: Report, table: Decoded<typeof Fadt>): void {
  for (const name of BLOCKS) {
    const register: number | Register | undefined = table[name];
    if (register === undefined || register === 0 || (typeof register === 'object' && isEmpty(register)))
      continue;
    report.tell(FADT.FADT_HARDWARE_REDUCED_REGISTERS, name, 'is not 0');
  }
}
