/** Rules for the GTDT: ACPI 6.5, section 5.2.25, and what Linux takes. */

import type { Decoded } from '../../struct.ts';
import type { Gtdt } from '../../tables/gtdt.ts';
import { ALL_KERNELS, kinds } from '../finding.ts';
import type { Report } from '../report.ts';

export const GTDT = kinds('specification', 'ACPI 6.5, 5.2.25', {
  GTDT_NO_TIMER: {
    severity: 'error',
    meaning: 'Neither the virtual nor the non-secure timer of EL1 has an interrupt',
  },
  GTDT_TIMER_GSIV: {
    severity: 'warning',
    meaning: 'The GSIV of a timer is no private interrupt (16 to 31, 1056 to 1119)',
  },
  GTDT_BLOCK_TIMERS: {
    severity: 'error',
    meaning: 'A GT block has no timers, or more than eight',
    source: 'ACPI 6.5, 5.2.25.1',
  },
  GTDT_FRAME: {
    severity: 'error',
    meaning: 'Two timers of a GT block have one frame, or a frame beyond 7',
    source: 'ACPI 6.5, 5.2.25.1',
  },
});

export const LINUX_GTDT = kinds('linux', 'Linux drivers/acpi/arm64/gtdt.c', {
  LINUX_GTDT_REVISION: {
    severity: 'warning',
    meaning: 'Platform timers of a table before revision 2 are not looked at',
    kernels: ALL_KERNELS,
  },
  LINUX_GTDT_FRAME: {
    severity: 'error',
    meaning:
      'A timer that is not secure without address or interrupt makes the block, and those after it, of no use',
    kernels: ALL_KERNELS,
  },
  LINUX_GTDT_WATCHDOG: {
    severity: 'error',
    meaning: 'A watchdog without both of its frames is not used ("failed to get the Watchdog base address.")',
    kernels: ALL_KERNELS,
  },
});

export function checkGtdt(report: Report, table: Decoded<typeof Gtdt>): void {
  if (table.virtualEl1Gsiv === 0 && table.nonSecureEl1Gsiv === 0)
    report.tell(GTDT.GTDT_NO_TIMER, 'virtualEl1Gsiv', 'and nonSecureEl1Gsiv are 0');
  for (const name of [
    'secureEl1Gsiv',
    'nonSecureEl1Gsiv',
    'virtualEl1Gsiv',
    'el2Gsiv',
    'virtualEl2Gsiv',
  ] as const) {
    const gsiv = table[name];
    if (gsiv !== undefined && gsiv !== 0 && !isPrivate(gsiv))
      report.tell(GTDT.GTDT_TIMER_GSIV, name, `is ${gsiv}`);
  }
  const { platformTimers, revision } = table;
  if (platformTimers.length > 0 && revision < 2)
    report.tell(LINUX_GTDT.LINUX_GTDT_REVISION, 'revision', `is ${revision}`);
  for (const [i, timer] of platformTimers.entries()) {
    const path = `platformTimers[${i}]`;
    if (timer.kind === 'gtBlock') checkBlock(report, path, timer.timers);
    else if (
      timer.kind === 'genericWatchdog' &&
      !timer.flags.secure &&
      (timer.refreshBase === 0n || timer.controlBase === 0n)
    )
      report.tell(LINUX_GTDT.LINUX_GTDT_WATCHDOG, path, 'refreshBase or controlBase is 0');
  }
}

function isPrivate(gsiv: number): boolean {
  return (gsiv >= 16 && gsiv <= 31) || (gsiv >= 1056 && gsiv <= 1119);
}

type Block = Extract<Decoded<typeof Gtdt>['platformTimers'][number], { kind: 'gtBlock' }>;

function checkBlock(report: Report, path: string, timers: Block['timers']): void {
  if (timers.length === 0 || timers.length > 8)
    report.tell(GTDT.GTDT_BLOCK_TIMERS, `${path}.timerCount`, `there are ${timers.length}`);
  const frames = new Set<number>();
  for (const [i, { frame, base, gsiv, commonFlags }] of timers.entries()) {
    const own = `${path}.timers[${i}]`;
    if (frames.has(frame) || frame > 7) report.tell(GTDT.GTDT_FRAME, `${own}.frame`, `is ${frame}`);
    frames.add(frame);
    if (!commonFlags.secure && (base === 0n || gsiv === 0))
      report.tell(LINUX_GTDT.LINUX_GTDT_FRAME, own, 'base or gsiv is 0');
  }
}
