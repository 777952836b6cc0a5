/** x86 and Itanium structures of the MADT: ACPI 6.5, sections 5.2.12.2 to 5.2.12.13 and 5.2.12.19. */

import { bits, bytes, flag, range, struct, text, u8, u16, u32, u64 } from '../struct.ts';

const head = (type: number) => ({
  type: u8.constant(type).doc('Kind of structure'),
  length: u8.byteLength().doc('Bytes of this structure'),
});

const processorFlags = bits(32, {
  enabled: flag(0, 'The processor can be used'),
  onlineCapable: flag(1, 'Not enabled, but can be brought up at run time (ACPI 6.3)'),
})
  .default({ enabled: true })
  .doc('Whether the processor is there');

export const InterruptPolarity = { Bus: 0, ActiveHigh: 1, ActiveLow: 3 } as const;
export const InterruptTrigger = { Bus: 0, Edge: 1, Level: 3 } as const;

/** MPS INTI flags: table 5.26. */
const interruptFlags = bits(16, {
  polarity: range(0, 1, 'Polarity', InterruptPolarity),
  trigger: range(2, 3, 'Trigger mode', InterruptTrigger),
})
  .default({})
  .doc('How the interrupt is signalled');

/** Processor local APIC, section 5.2.12.2. */
export const LocalApic = struct(
  'Local APIC',
  {
    ...head(0),
    uid: u8.doc('_UID of the processor device'),
    apicId: u8.doc('Id of the local APIC'),
    flags: processorFlags,
  },
  { source: 'ACPI 6.5, 5.2.12.2' },
);

/** I/O APIC, section 5.2.12.3. */
export const IoApic = struct(
  'I/O APIC',
  {
    ...head(1),
    ioApicId: u8.doc('Id of the I/O APIC'),
    reserved: u8.reserved(),
    base: u32.doc('GPA of the I/O APIC'),
    gsivBase: u32.default(0).doc('GSIV of its first input'),
  },
  { source: 'ACPI 6.5, 5.2.12.3' },
);

/** Interrupt source override, section 5.2.12.5. */
export const InterruptSourceOverride = struct(
  'Interrupt source override',
  {
    ...head(2),
    bus: u8.default(0).doc('Always 0: ISA'),
    irq: u8.doc('IRQ of the bus'),
    gsiv: u32.doc('GSIV that it comes as'),
    flags: interruptFlags,
  },
  { source: 'ACPI 6.5, 5.2.12.5' },
);

/** Non-maskable interrupt source, section 5.2.12.6. */
export const NmiSource = struct(
  'NMI source',
  {
    ...head(3),
    flags: interruptFlags,
    gsiv: u32.doc('GSIV that is non-maskable'),
  },
  { source: 'ACPI 6.5, 5.2.12.6' },
);

/** Local APIC NMI, section 5.2.12.7. */
export const LocalApicNmi = struct(
  'Local APIC NMI',
  {
    ...head(4),
    uid: u8.default(0xff).doc('_UID of the processor device, 0xff for all'),
    flags: interruptFlags,
    lint: u8.doc('LINT input of the local APIC'),
  },
  { source: 'ACPI 6.5, 5.2.12.7' },
);

/** Local APIC address override, section 5.2.12.8. */
export const LocalApicAddressOverride = struct(
  'Local APIC address override',
  {
    ...head(5),
    reserved: u16.reserved(),
    base: u64.doc('GPA of the local APIC, of all processors'),
  },
  { source: 'ACPI 6.5, 5.2.12.8' },
);

/** I/O SAPIC, section 5.2.12.9. */
export const IoSapic = struct(
  'I/O SAPIC',
  {
    ...head(6),
    ioApicId: u8.doc('Id of the I/O SAPIC'),
    reserved: u8.reserved(),
    gsivBase: u32.default(0).doc('GSIV of its first input'),
    base: u64.doc('GPA of the I/O SAPIC'),
  },
  { source: 'ACPI 6.5, 5.2.12.9' },
);

/** Local SAPIC, section 5.2.12.10: 16 bytes and the _UID if that is text. */
export const LocalSapic = struct(
  'Local SAPIC',
  {
    ...head(7),
    processorId: u8.doc('Id of the processor object'),
    sapicId: u8.doc('Id of the local SAPIC'),
    sapicEid: u8.doc('EID of the local SAPIC'),
    reserved: bytes(3).reserved(),
    flags: processorFlags,
    uid: u32.default(0).doc('_UID of the processor device if that is a number'),
    uidText: text().default('').doc('_UID of the processor device if that is text'),
  },
  { source: 'ACPI 6.5, 5.2.12.10' },
);

export const PlatformInterruptType = { Pmi: 1, Init: 2, CorrectedPlatformError: 3 } as const;

/** Platform interrupt source, section 5.2.12.11. */
export const PlatformInterruptSource = struct(
  'Platform interrupt source',
  {
    ...head(8),
    flags: interruptFlags,
    interruptType: u8.values(PlatformInterruptType).doc('What the interrupt is for'),
    sapicId: u8.doc('Id of the local SAPIC that takes it'),
    sapicEid: u8.doc('EID of the local SAPIC that takes it'),
    vector: u8.doc('Vector of a PMI'),
    gsiv: u32.doc('GSIV'),
    sourceFlags: bits(32, { processorOverride: flag(0, 'CPEI may be taken by another processor') })
      .default({})
      .doc('Platform interrupt source flags'),
  },
  { source: 'ACPI 6.5, 5.2.12.11' },
);

/** Processor local x2APIC, section 5.2.12.12. */
export const LocalX2Apic = struct(
  'Local x2APIC',
  {
    ...head(9),
    reserved: u16.reserved(),
    x2ApicId: u32.doc('Id of the local x2APIC'),
    flags: processorFlags,
    uid: u32.doc('_UID of the processor device'),
  },
  { source: 'ACPI 6.5, 5.2.12.12' },
);

/** Local x2APIC NMI, section 5.2.12.13. */
export const LocalX2ApicNmi = struct(
  'Local x2APIC NMI',
  {
    ...head(10),
    flags: interruptFlags,
    uid: u32.default(0xffff_ffff).doc('_UID of the processor device, 0xffffffff for all'),
    lint: u8.doc('LINT input of the local x2APIC'),
    reserved: bytes(3).reserved(),
  },
  { source: 'ACPI 6.5, 5.2.12.13' },
);

/** Multiprocessor wakeup, section 5.2.12.19: 16 bytes, 24 with `resetVector` (ACPI 6.6). */
export const MultiprocessorWakeup = struct(
  'Multiprocessor wakeup',
  {
    ...head(16),
    mailboxVersion: u16.default(0).doc('Version of the mailbox'),
    reserved: u32.reserved(),
    mailbox: u64.doc('GPA of the mailbox, 4 KiB'),
    resetVector: u64.since(24).doc('GPA where a processor is given back to the firmware (mailbox version 1)'),
  },
  { usualLength: 16, source: 'ACPI 6.5, 5.2.12.19' },
);
