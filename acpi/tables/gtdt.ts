/** Generic Timer Description Table: ACPI 6.5, section 5.2.25. */

import { bits, flag, list, u32, u64, union } from '../struct.ts';
import { table } from './header.ts';

/** Timer interrupt flags: table 5.119. */
const TimerFlags = bits(32, {
  edge: flag(0, 'Edge triggered, else level'),
  activeLow: flag(1, 'Active low, else active high'),
  alwaysOn: flag(2, 'Keeps its context and interrupt in all low-power states'),
});

/** Platform timers (generic timer blocks, watchdogs), section 5.2.25.1. */
export const PlatformTimer = union('Platform timer', { tag: 1, length: { at: 1, size: 2 } }, {});

/** Address of a counter block that is not there. */
export const NO_COUNTER = 0xffff_ffff_ffff_ffffn;

export const Gtdt = table('GTDT', 3, {
  counterControlBase: u64.default(NO_COUNTER).doc('GPA of the counter control block'),
  reserved: u32.reserved(),
  secureEl1Gsiv: u32.default(0).doc('GSIV of the secure EL1 timer'),
  secureEl1Flags: TimerFlags.default({}),
  nonSecureEl1Gsiv: u32.doc('GSIV of the non-secure EL1 timer'),
  nonSecureEl1Flags: TimerFlags.default({}),
  virtualEl1Gsiv: u32.doc('GSIV of the virtual EL1 timer'),
  virtualEl1Flags: TimerFlags.default({}),
  el2Gsiv: u32.default(0).doc('GSIV of the EL2 timer'),
  el2Flags: TimerFlags.default({}),
  counterReadBase: u64.default(NO_COUNTER).doc('GPA of the counter read block'),
  platformTimerCount: u32.countOf('platformTimers'),
  platformTimerOffset: u32.offsetOf('platformTimers'),
  virtualEl2Gsiv: u32.since(104).doc('GSIV of the EL2 virtual timer (revision 3)'),
  virtualEl2Flags: TimerFlags.since(104),
  platformTimers: list(PlatformTimer).default([]),
});
