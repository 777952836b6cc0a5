/** Fixed ACPI Description Table: ACPI 6.5, section 5.2.9. */

import { bits, flag, range, u8, u16, u32, u64 } from '../struct.ts';
import { Gas } from './gas.ts';
import { table } from './header.ts';

export const PmProfile = {
  Unspecified: 0,
  Desktop: 1,
  Mobile: 2,
  Workstation: 3,
  EnterpriseServer: 4,
  SohoServer: 5,
  AppliancePc: 6,
  PerformanceServer: 7,
  Tablet: 8,
} as const;

/** IA-PC boot architecture flags: table 5.10. */
const IapcBootFlags = bits(16, {
  legacyDevices: flag(0, 'LEGACY_DEVICES: there are devices on LPC or ISA'),
  i8042: flag(1, '8042: there is a keyboard controller'),
  vgaNotPresent: flag(2, 'VGA must not be probed'),
  msiNotSupported: flag(3, 'MSI must not be enabled'),
  aspmNotSupported: flag(4, 'PCIe ASPM must not be enabled'),
  cmosRtcNotPresent: flag(5, 'There is no CMOS RTC'),
});

/** Fixed feature flags: table 5.9. */
const FixedFeatures = bits(32, {
  wbinvd: flag(0, 'WBINVD works'),
  wbinvdFlush: flag(1, 'WBINVD flushes and does not invalidate'),
  procC1: flag(2, 'C1 works on all processors'),
  pLvl2Up: flag(3, 'C2 works on multiprocessors'),
  powerButton: flag(4, 'PWR_BUTTON: the power button is a control method device'),
  sleepButton: flag(5, 'SLP_BUTTON: the sleep button is a control method device'),
  fixedRtc: flag(6, 'FIX_RTC: no RTC wake status in fixed registers'),
  rtcS4: flag(7, 'The RTC can wake from S4'),
  timerValueExtended: flag(8, 'TMR_VAL_EXT: the PM timer has 32 bits'),
  docking: flag(9, 'DCK_CAP'),
  resetRegister: flag(10, 'RESET_REG_SUP: reset_register works'),
  sealedCase: flag(11, 'SEALED_CASE'),
  headless: flag(12, 'HEADLESS: no display nor keyboard'),
  cpuSwSleep: flag(13, 'CPU_SW_SLP'),
  pciExpressWake: flag(14, 'PCI_EXP_WAK'),
  usePlatformClock: flag(15, 'USE_PLATFORM_CLOCK'),
  s4RtcStatusValid: flag(16, 'S4_RTC_STS_VALID'),
  remotePowerOn: flag(17, 'REMOTE_POWER_ON_CAPABLE'),
  forceApicCluster: flag(18, 'FORCE_APIC_CLUSTER_MODEL'),
  forceApicPhysical: flag(19, 'FORCE_APIC_PHYSICAL_DESTINATION_MODE'),
  hardwareReduced: flag(20, 'HW_REDUCED_ACPI: no fixed hardware'),
  lowPowerS0Idle: flag(21, 'LOW_POWER_S0_IDLE_CAPABLE'),
  persistentCpuCaches: range(22, 23, 'PERSISTENT_CPU_CACHES'),
});

/** Arm boot architecture flags: table 5.11. */
const ArmBootFlags = bits(16, {
  psciCompliant: flag(0, 'PSCI_COMPLIANT: there is PSCI'),
  psciUseHvc: flag(1, 'PSCI_USE_HVC: PSCI is called by HVC, not SMC'),
});

/**
 * Revision 6.5 by default (revision 6, minor version 5), 276 bytes; 268 of ACPI 5.0, 244 of 2.0 and 116 of 1.0. What is
 * left out is 0, which a hardware-reduced machine asks for in nearly all.
 */
export const Fadt = table(
  'FACP',
  6,
  {
    firmwareCtrl: u32.default(0).doc('GPA of the FACS below 4 GiB'),
    dsdt: u32.default(0).doc('GPA of the DSDT below 4 GiB'),
    reserved1: u8.reserved(),
    preferredPmProfile: u8.values(PmProfile).default(PmProfile.Unspecified).doc('Kind of machine'),
    sciInterrupt: u16.default(0).doc('GSIV of the SCI'),
    smiCommand: u32.default(0).doc('SMI command port'),
    acpiEnable: u8.default(0).doc('Value for the SMI command port that takes ownership'),
    acpiDisable: u8.default(0).doc('Value that gives it back'),
    s4BiosRequest: u8.default(0).doc('Value that enters S4BIOS'),
    pstateControl: u8.default(0).doc('Value that takes processor performance control'),
    pm1aEventBlock: u32.default(0).doc('PM1a_EVT_BLK port'),
    pm1bEventBlock: u32.default(0).doc('PM1b_EVT_BLK port'),
    pm1aControlBlock: u32.default(0).doc('PM1a_CNT_BLK port'),
    pm1bControlBlock: u32.default(0).doc('PM1b_CNT_BLK port'),
    pm2ControlBlock: u32.default(0).doc('PM2_CNT_BLK port'),
    pmTimerBlock: u32.default(0).doc('PM_TMR_BLK port'),
    gpe0Block: u32.default(0).doc('GPE0_BLK port'),
    gpe1Block: u32.default(0).doc('GPE1_BLK port'),
    pm1EventLength: u8.default(0).doc('Bytes of a PM1 event block'),
    pm1ControlLength: u8.default(0).doc('Bytes of a PM1 control block'),
    pm2ControlLength: u8.default(0).doc('Bytes of the PM2 control block'),
    pmTimerLength: u8.default(0).doc('Bytes of the PM timer block'),
    gpe0Length: u8.default(0).doc('Bytes of GPE0_BLK'),
    gpe1Length: u8.default(0).doc('Bytes of GPE1_BLK'),
    gpe1Base: u8.default(0).doc('First GPE number of GPE1_BLK'),
    cstControl: u8.default(0).doc('Value for the SMI command port that announces _CST support'),
    c2Latency: u16.default(0).doc('Worst latency of C2 in microseconds'),
    c3Latency: u16.default(0).doc('Worst latency of C3 in microseconds'),
    flushSize: u16.default(0).doc('Cache flush strides to read to flush the caches'),
    flushStride: u16.default(0).doc('Cache line size in bytes'),
    dutyOffset: u8.default(0).doc('First bit of the duty cycle in P_CNT'),
    dutyWidth: u8.default(0).doc('Bits of the duty cycle in P_CNT'),
    dayAlarm: u8.default(0).doc('RTC CMOS index of the day alarm'),
    monthAlarm: u8.default(0).doc('RTC CMOS index of the month alarm'),
    century: u8.default(0).doc('RTC CMOS index of the century'),
    iapcBootFlags: IapcBootFlags.default({}).doc('IA-PC boot architecture flags'),
    reserved2: u8.reserved(),
    flags: FixedFeatures.default({}).doc('Fixed feature flags'),
    resetRegister: Gas.default({}).since(244).doc('Register that resets the machine'),
    resetValue: u8.default(0).since(244).doc('Value to write there'),
    armBootFlags: ArmBootFlags.default({}).since(244).doc('Arm boot architecture flags'),
    minorVersion: u8.default(5).since(244).doc('Minor version (bits 0-3) and errata version (bits 4-7)'),
    xFirmwareCtrl: u64.default(0n).since(244).doc('GPA of the FACS'),
    xDsdt: u64.default(0n).since(244).doc('GPA of the DSDT'),
    xPm1aEventBlock: Gas.default({}).since(244).doc('PM1a event registers'),
    xPm1bEventBlock: Gas.default({}).since(244).doc('PM1b event registers'),
    xPm1aControlBlock: Gas.default({}).since(244).doc('PM1a control registers'),
    xPm1bControlBlock: Gas.default({}).since(244).doc('PM1b control registers'),
    xPm2ControlBlock: Gas.default({}).since(244).doc('PM2 control register'),
    xPmTimerBlock: Gas.default({}).since(244).doc('PM timer'),
    xGpe0Block: Gas.default({}).since(244).doc('GPE0 registers'),
    xGpe1Block: Gas.default({}).since(244).doc('GPE1 registers'),
    sleepControl: Gas.since(268).doc('Sleep control register (revision 5)'),
    sleepStatus: Gas.since(268).doc('Sleep status register (revision 5)'),
    hypervisorVendor: u64.since(276).doc('Vendor that the hypervisor names itself by (revision 6)'),
  },
  { title: 'Fixed ACPI Description Table', source: 'ACPI 6.5, 5.2.9' },
);
