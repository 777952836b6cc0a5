/** Generic Timer Description Table: ACPI 6.5, section 5.2.25. */

import { bits, bytes, flag, list, struct, u8, u16, u32, u64, union } from '../struct.ts';
import { table } from './header.ts';

/** Address of a counter block or frame that is not there. */
export const NO_COUNTER = 0xffff_ffff_ffff_ffffn;

/** Timer interrupt flags: table 5.119. */
const TimerFlags = bits(32, {
  edge: flag(0, 'Edge triggered, else level'),
  activeLow: flag(1, 'Active low, else active high'),
  alwaysOn: flag(2, 'Keeps its context and interrupt in all low-power states'),
});
const timerFlags = (timer: string) =>
  TimerFlags.default({}).doc(`How the interrupt of the ${timer} timer is`);

/** Flags of an interrupt of a platform timer. */
const InterruptFlags = bits(32, {
  edge: flag(0, 'Edge triggered, else level'),
  activeLow: flag(1, 'Active low, else active high'),
});

/** A timer of a GT block, 40 bytes: table 5.122. */
export const GtBlockTimer = struct(
  'GT block timer',
  {
    frame: u8.doc('Number of the frame, 0 to 7'),
    reserved: bytes(3).reserved(),
    base: u64.doc('GPA of the CntBaseX frame'),
    el0Base: u64.default(NO_COUNTER).doc('GPA of the CntEL0BaseX frame, all ones without'),
    gsiv: u32.doc('GSIV of the physical timer'),
    flags: InterruptFlags.default({}).doc('How the interrupt of the physical timer is'),
    virtualGsiv: u32.default(0).doc('GSIV of the virtual timer, 0 without'),
    virtualFlags: InterruptFlags.default({}).doc('How the interrupt of the virtual timer is'),
    commonFlags: bits(32, {
      secure: flag(0, 'The timer is secure'),
      alwaysOn: flag(1, 'Keeps its context and interrupt in all low-power states'),
    })
      .default({})
      .doc('What holds for both'),
  },
  { source: 'ACPI 6.5, 5.2.25.1' },
);

/** GT block, section 5.2.25.1: 20 bytes and its timers. */
export const GtBlock = struct(
  'GT block',
  {
    type: u8.constant(0).doc('Kind of structure'),
    length: u16.byteLength().doc('Bytes of this structure'),
    reserved: u8.reserved(),
    base: u64.doc('GPA of the CntCTLBase frame'),
    timerCount: u32.countOf('timers').doc('Number of timers, 8 at most'),
    timerOffset: u32.offsetOf('timers').doc('Where the timers begin, from the start of this structure'),
    timers: list(GtBlockTimer).doc('Timers of the block'),
  },
  { source: 'ACPI 6.5, 5.2.25.1' },
);

/** Arm generic watchdog, section 5.2.25.2: 28 bytes. */
export const GenericWatchdog = struct(
  'Generic watchdog',
  {
    type: u8.constant(1).doc('Kind of structure'),
    length: u16.byteLength().doc('Bytes of this structure'),
    reserved: u8.reserved(),
    refreshBase: u64.doc('GPA of the refresh frame'),
    controlBase: u64.doc('GPA of the control frame'),
    gsiv: u32.doc('GSIV of the watchdog'),
    flags: bits(32, {
      edge: flag(0, 'Edge triggered, else level'),
      activeLow: flag(1, 'Active low, else active high'),
      secure: flag(2, 'The watchdog is secure'),
    })
      .default({})
      .doc('How the interrupt of the watchdog is'),
  },
  { source: 'ACPI 6.5, 5.2.25.2' },
);

/** Platform timers, section 5.2.25. */
export const PlatformTimer = union(
  'Platform timer',
  { tag: 1, length: { at: 1, size: 2 } },
  { gtBlock: GtBlock, genericWatchdog: GenericWatchdog },
);

/** Revision 3 (ACPI 6.3): 104 bytes and platform timers; 96 before. */
export const Gtdt = table(
  'GTDT',
  3,
  {
    counterControlBase: u64.default(NO_COUNTER).doc('GPA of the counter control block'),
    reserved: u32.reserved(),
    secureEl1Gsiv: u32.default(0).doc('GSIV of the secure EL1 timer'),
    secureEl1Flags: timerFlags('secure EL1'),
    nonSecureEl1Gsiv: u32.doc('GSIV of the non-secure EL1 timer'),
    nonSecureEl1Flags: timerFlags('non-secure EL1'),
    virtualEl1Gsiv: u32.doc('GSIV of the virtual EL1 timer'),
    virtualEl1Flags: timerFlags('virtual EL1'),
    el2Gsiv: u32.default(0).doc('GSIV of the EL2 timer'),
    el2Flags: timerFlags('EL2'),
    counterReadBase: u64.default(NO_COUNTER).doc('GPA of the counter read block'),
    platformTimerCount: u32.countOf('platformTimers').doc('Number of platform timers'),
    platformTimerOffset: u32.offsetOf('platformTimers').doc('Where the platform timers begin'),
    virtualEl2Gsiv: u32.since(104).doc('GSIV of the EL2 virtual timer (revision 3)'),
    virtualEl2Flags: TimerFlags.since(104).doc('How the interrupt of the EL2 virtual timer is (revision 3)'),
    platformTimers: list(PlatformTimer).default([]).doc('Timers and watchdogs of the platform'),
  },
  { title: 'Generic Timer Description Table', source: 'ACPI 6.5, 5.2.25' },
);
